using System.Security.Cryptography;
using System.Text;

namespace HealthGpt.Collectives.Joining;

/// <summary>HMAC-SHA256 proofs of the job's secret. The two sides prove different texts, so that neither can be answered with its own proof.</summary>
internal static class JoinProof
{
    public static byte[] OfConnector(string secret, ReadOnlySpan<byte> hello, ReadOnlySpan<byte> challenge) => Compute(secret, "connector"u8, hello, challenge);

    public static byte[] OfAcceptor(string secret, ReadOnlySpan<byte> hello, ReadOnlySpan<byte> challenge) => Compute(secret, "acceptor"u8, hello, challenge);

    public static bool Equal(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> given) => CryptographicOperations.FixedTimeEquals(expected, given);

    private static byte[] Compute(string secret, ReadOnlySpan<byte> side, ReadOnlySpan<byte> hello, ReadOnlySpan<byte> challenge)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret));
        hmac.AppendData(side);
        hmac.AppendData(challenge);
        hmac.AppendData(hello);
        return hmac.GetHashAndReset();
    }
}

using System.Security.Cryptography;
using System.Text;

namespace HealthGpt.Collectives.Joining;

/// <summary>
/// HMAC-SHA256 proofs of the job's secret over the connection's binding, the called side's nonce and the hello with the caller's. The two sides prove different texts, so that
/// neither can be answered with its own proof; all parts before the last have one length, so that none can be taken for another.
/// </summary>
internal static class JoinProof
{
    public const int BindingBytes = SHA256.HashSizeInBytes;

    public static byte[] OfConnector(string secret, byte[] binding, byte[] challenge, byte[] hello) => Compute(secret, "connector"u8, binding, challenge, hello);

    public static byte[] OfAcceptor(string secret, byte[] binding, byte[] challenge, byte[] hello) => Compute(secret, "acceptor"u8, binding, challenge, hello);

    public static bool Equal(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> given) => CryptographicOperations.FixedTimeEquals(expected, given);

    private static byte[] Compute(string secret, ReadOnlySpan<byte> side, byte[] binding, byte[] challenge, byte[] hello)
    {
        if (binding.Length != BindingBytes || challenge.Length != Hello.NonceBytes)
            throw new JoinRefusedException(JoinRefusal.Protocol, $"a challenge of {challenge.Length} bytes came; it must have {Hello.NonceBytes}; use the same release on every worker");
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret));
        hmac.AppendData(side);
        hmac.AppendData(binding);
        hmac.AppendData(challenge);
        hmac.AppendData(hello);
        return hmac.GetHashAndReset();
    }
}

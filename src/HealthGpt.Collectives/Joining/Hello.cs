using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace HealthGpt.Collectives.Joining;

/// <summary>The first block of a connection: who wants to join what. The proof covers every byte of it.</summary>
internal sealed record Hello(string Job, long Generation, int FromRank, int ToRank, Channel Channel, byte[] MembersHash, byte[] Nonce)
{
    public const int NonceBytes = 32;
    public const int LongestBytes = FixedBytes + GroupSpec.LongestJob;
    private const uint Magic = 0x32435048;
    private const int FixedBytes = 4 + 1 + 8 + 4 + 4 + 32 + NonceBytes;

    public static Hello Of(GroupSpec spec, int toRank, Channel channel) =>
        new(spec.Job, spec.Generation, spec.Rank, toRank, channel, HashMembers(spec.Members), RandomNumberGenerator.GetBytes(NonceBytes));

    public static byte[] HashMembers(IReadOnlyList<string> members) => SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', members)));

    public byte[] ToBytes()
    {
        byte[] job = Encoding.UTF8.GetBytes(Job);
        byte[] bytes = new byte[FixedBytes + job.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Magic);
        bytes[4] = (byte)Channel;
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(5), Generation);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(13), FromRank);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(17), ToRank);
        MembersHash.CopyTo(bytes, 21);
        Nonce.CopyTo(bytes, 53);
        job.CopyTo(bytes, FixedBytes);
        return bytes;
    }

    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out Hello? hello)
    {
        hello = null;
        if (bytes.Length < FixedBytes || BinaryPrimitives.ReadUInt32LittleEndian(bytes) != Magic || bytes[4] >= Channels.Count)
            return false;
        hello = new Hello(
            Encoding.UTF8.GetString(bytes[FixedBytes..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[5..]),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[13..]),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[17..]),
            (Channel)bytes[4],
            bytes.Slice(21, 32).ToArray(),
            bytes.Slice(53, NonceBytes).ToArray());
        return true;
    }
}

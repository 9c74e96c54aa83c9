using System.Buffers.Binary;
using System.Text;

namespace HealthGpt.Collectives.Joining;

/// <summary>The blocks of a handshake: code (0 to go on, else a <see cref="JoinRefusal"/>), length, bytes. The first byte is never that of TLS.</summary>
internal static class JoinBlocks
{
    public const byte GoOn = 0;
    private const int HeadBytes = 1 + 4;
    private const int LongestBlock = 4096;

    public static Task WriteAsync(Stream stream, ReadOnlyMemory<byte> bytes, CancellationToken cancellation) => WriteAsync(stream, GoOn, bytes, cancellation);

    public static Task RefuseAsync(Stream stream, JoinRefusal refusal, string message, CancellationToken cancellation) =>
        WriteAsync(stream, (byte)refusal, Encoding.UTF8.GetBytes(message), cancellation);

    public static async Task<byte[]> ReadAsync(Stream stream, CancellationToken cancellation)
    {
        byte[] head = new byte[HeadBytes];
        await stream.ReadExactlyAsync(head, cancellation);
        int length = BinaryPrimitives.ReadInt32LittleEndian(head.AsSpan(1));
        if (length is < 0 or > LongestBlock)
            throw new JoinRefusedException(JoinRefusal.Protocol, $"a join block of {length} bytes came; at most {LongestBlock} are allowed; see that the address is a worker's");
        byte[] bytes = new byte[length];
        await stream.ReadExactlyAsync(bytes, cancellation);
        return head[0] == GoOn ? bytes : throw new JoinRefusedException((JoinRefusal)head[0], Encoding.UTF8.GetString(bytes));
    }

    private static async Task WriteAsync(Stream stream, byte code, ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        byte[] block = new byte[HeadBytes + bytes.Length];
        block[0] = code;
        BinaryPrimitives.WriteInt32LittleEndian(block.AsSpan(1), bytes.Length);
        bytes.CopyTo(block.AsMemory(HeadBytes));
        await stream.WriteAsync(block, cancellation);
    }
}

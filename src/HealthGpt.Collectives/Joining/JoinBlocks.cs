using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using HealthGpt.Collectives.Links;

namespace HealthGpt.Collectives.Joining;

/// <summary>The blocks of a handshake: length, code (0 to go on, else a <see cref="JoinRefusal"/>), bytes.</summary>
internal static class JoinBlocks
{
    public const byte GoOn = 0;
    private const int LongestBlock = 4096;

    public static Task WriteAsync(Socket socket, ReadOnlyMemory<byte> bytes, CancellationToken cancellation) => WriteAsync(socket, GoOn, bytes, cancellation);

    public static Task RefuseAsync(Socket socket, JoinRefusal refusal, string message, CancellationToken cancellation) =>
        WriteAsync(socket, (byte)refusal, Encoding.UTF8.GetBytes(message), cancellation);

    public static async Task<byte[]> ReadAsync(Socket socket, CancellationToken cancellation)
    {
        byte[] head = new byte[5];
        await SocketBytes.ReadExactAsync(socket, head, cancellation);
        int length = BinaryPrimitives.ReadInt32LittleEndian(head);
        if (length is < 0 or > LongestBlock)
            throw new JoinRefusedException(JoinRefusal.Protocol, $"a join block of {length} bytes came; at most {LongestBlock} are allowed; see that the address is a worker's");
        byte[] bytes = new byte[length];
        await SocketBytes.ReadExactAsync(socket, bytes, cancellation);
        return head[4] == GoOn ? bytes : throw new JoinRefusedException((JoinRefusal)head[4], Encoding.UTF8.GetString(bytes));
    }

    private static async Task WriteAsync(Socket socket, byte code, ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        byte[] block = new byte[5 + bytes.Length];
        BinaryPrimitives.WriteInt32LittleEndian(block, bytes.Length);
        block[4] = code;
        bytes.CopyTo(block.AsMemory(5));
        await SocketBytes.WriteAsync(socket, block, cancellation);
    }
}

using System.Net.Sockets;

namespace HealthGpt.Collectives.Links;

internal static class SocketBytes
{
    // Big enough for a fast network's bandwidth-delay product; the kernel clips it to its own limit.
    public const int BufferBytes = 4 << 20;

    public static void Prepare(Socket socket)
    {
        socket.SendBufferSize = BufferBytes;
        socket.ReceiveBufferSize = BufferBytes;
    }

    public static async Task ReadExactAsync(Socket socket, Memory<byte> into, CancellationToken cancellation)
    {
        while (into.Length > 0)
        {
            int read = await socket.ReceiveAsync(into, SocketFlags.None, cancellation);
            if (read == 0)
                throw new EndOfStreamException("the connection was closed");
            into = into[read..];
        }
    }

    public static async Task WriteAsync(Socket socket, ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        while (bytes.Length > 0)
            bytes = bytes[await socket.SendAsync(bytes, SocketFlags.None, cancellation)..];
    }

    /// <summary>Ends a connection at once: shutting down first wakes whoever polls the socket, which closing alone does not.</summary>
    public static void Close(Socket socket)
    {
        try
        {
            socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            // Already ended by the other side.
        }
        socket.Dispose();
    }
}

using System.Diagnostics;
using System.Net.Sockets;

namespace HealthGpt.Collectives.Links;

internal static class SocketBytes
{
    // Big enough for a fast network's bandwidth-delay product; the kernel clips it to its own limit.
    public const int BufferBytes = 4 << 20;

    // After so long a sleep costs less than it takes from others.
    private static readonly long YieldTicks = Stopwatch.Frequency * 100 / 1_000_000;

    public static void Prepare(Socket socket)
    {
        socket.SendBufferSize = BufferBytes;
        socket.ReceiveBufferSize = BufferBytes;
    }

    public static async ValueTask WriteAsync(Socket socket, ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        while (bytes.Length > 0)
            bytes = bytes[await socket.SendAsync(bytes, SocketFlags.None, cancellation)..];
    }

    /// <summary>Writes to a socket that does not block as many bytes as there is room for now.</summary>
    public static int TryWrite(Socket socket, ReadOnlySpan<byte> bytes)
    {
        int written = 0;
        while (written < bytes.Length)
        {
            int sent = socket.Send(bytes[written..], SocketFlags.None, out SocketError error);
            if (error == SocketError.WouldBlock)
                break;
            if (error != SocketError.Success)
                throw new SocketException((int)error);
            written += sent;
        }
        return written;
    }

    /// <summary>Looks at a socket that does not block for a moment and lets others run, since a sleep takes two threads to end; null where nothing came.</summary>
    public static int? TryRead(Socket socket, Span<byte> into, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            int read = socket.Receive(into, SocketFlags.None, out SocketError error);
            if (error == SocketError.Success)
                return read;
            if (error != SocketError.WouldBlock)
                throw new SocketException((int)error);
            cancellation.ThrowIfCancellationRequested();
            if (Stopwatch.GetTimestamp() - start > YieldTicks)
                return null;
            Thread.Yield();
        }
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

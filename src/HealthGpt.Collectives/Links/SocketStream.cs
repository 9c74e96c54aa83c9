using System.Net.Sockets;

namespace HealthGpt.Collectives.Links;

/// <summary>A plain TCP connection.</summary>
internal sealed class SocketStream : ReadAheadStream
{
    // A socket that has been waited for wakes the runtime's socket thread with every packet, also when a reader is at work. Up to so many unread bytes it keeps quiet while nobody
    // waits; half of all wake-ups and a third of the time of a large all-reduce went there. Well below what is under way, or senders are held up.
    private const int QuietBytes = 256 << 10;

    private readonly Socket _socket;

    public SocketStream(int rank, Socket socket)
        : base(rank)
    {
        _socket = socket;
        socket.Blocking = false;
        SetLowWater(QuietBytes);
    }

    public override void Close() => SocketBytes.Close(_socket);

    public override void Dispose() => _socket.Dispose();

    protected override int TryWrite(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return SocketBytes.TryWrite(_socket, bytes);
        }
        catch (Exception failure) when (PeerLostException.Is(failure))
        {
            throw new PeerLostException(Rank, failure);
        }
    }

    protected override async ValueTask<int> WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            return await _socket.SendAsync(bytes, SocketFlags.None);
        }
        catch (Exception failure) when (PeerLostException.Is(failure))
        {
            throw new PeerLostException(Rank, failure);
        }
    }

    protected override async ValueTask<int> ReceiveAsync(Memory<byte> into, CancellationToken cancellation) =>
        SocketBytes.TryRead(_socket, into.Span, cancellation) ?? await WaitAsync(into, cancellation);

    private async ValueTask<int> WaitAsync(Memory<byte> into, CancellationToken cancellation)
    {
        SetLowWater(1);
        int read = await _socket.ReceiveAsync(into, SocketFlags.None, cancellation);
        SetLowWater(QuietBytes);
        return read;
    }

    private void SetLowWater(int bytes)
    {
        if (OperatingSystem.IsLinux())
            _socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReceiveLowWater, bytes);
    }
}

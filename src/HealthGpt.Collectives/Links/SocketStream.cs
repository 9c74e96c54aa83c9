using System.Diagnostics;
using System.Net.Sockets;

namespace HealthGpt.Collectives.Links;

/// <summary>A TCP connection. Small reads go through a buffer, so that a header and what follows it cost one call; large ones go straight into place.</summary>
internal sealed class SocketStream : PeerStream
{
    private const int InboxBytes = 512 << 10;
    private const int ReadAhead = 16 << 10;

    // A socket that has been waited for wakes the runtime's socket thread with every packet, also when a reader is at work. Up to so many unread bytes it keeps quiet while nobody
    // waits; half of all wake-ups and a third of the time of a large all-reduce went there. Well below what is under way, or senders are held up.
    private const int QuietBytes = 256 << 10;

    // After so long a sleep costs less than it takes from others.
    private static readonly long YieldTicks = Stopwatch.Frequency * 100 / 1_000_000;


    private readonly Socket _socket;
    private readonly byte[] _inbox = GC.AllocateUninitializedArray<byte>(InboxBytes, pinned: true);
    private int _start;
    private int _end;

    public SocketStream(int rank, Socket socket)
        : base(rank)
    {
        _socket = socket;
        socket.Blocking = false;
        SetLowWater(QuietBytes);
    }

    public override Transport Transport => Transport.Tcp;

    public override int LongestPeek => InboxBytes;

    public override async ValueTask ReadAsync(Memory<byte> into, CancellationToken cancellation)
    {
        while (into.Length > 0)
        {
            if (_start == _end && into.Length >= ReadAhead)
            {
                into = into[await ReceiveAsync(into, cancellation)..];
                continue;
            }
            if (_start == _end)
                await FillAsync(1, cancellation);
            int taken = Math.Min(into.Length, _end - _start);
            _inbox.AsSpan(_start, taken).CopyTo(into.Span);
            Advance(taken);
            into = into[taken..];
        }
    }

    public override async ValueTask<ReadOnlyMemory<byte>> PeekAsync(int count, CancellationToken cancellation)
    {
        await FillAsync(count, cancellation);
        return _inbox.AsMemory(_start, count);
    }

    public override void Advance(int count)
    {
        _start += count;
        if (_start == _end)
            _start = _end = 0;
    }

    public override void Close() => SocketBytes.Close(_socket);

    public override void Dispose() => _socket.Dispose();

    protected override int TryWrite(ReadOnlySpan<byte> bytes)
    {
        int written = 0;
        while (written < bytes.Length)
        {
            int sent = Send(bytes[written..]);
            if (sent == 0)
                break;
            written += sent;
        }
        return written;
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

    private int Send(ReadOnlySpan<byte> bytes)
    {
        try
        {
            int sent = _socket.Send(bytes, SocketFlags.None, out SocketError error);
            return error switch
            {
                SocketError.Success => sent,
                SocketError.WouldBlock => 0,
                _ => throw new SocketException((int)error),
            };
        }
        catch (Exception failure) when (PeerLostException.Is(failure))
        {
            throw new PeerLostException(Rank, failure);
        }
    }

    /// <summary>Has at least <paramref name="count"/> bytes in the inbox. Large blocks are read exactly: what lay behind them would have to be moved.</summary>
    private async ValueTask FillAsync(int count, CancellationToken cancellation)
    {
        if (_start + Math.Max(count, ReadAhead) > InboxBytes)
        {
            _inbox.AsSpan(_start, _end - _start).CopyTo(_inbox);
            (_start, _end) = (0, _end - _start);
        }
        while (_end - _start < count)
        {
            int most = Math.Min(Math.Max(count - (_end - _start), ReadAhead), InboxBytes - _end);
            _end += await ReceiveAsync(_inbox.AsMemory(_end, most), cancellation);
        }
    }

    private async ValueTask<int> ReceiveAsync(Memory<byte> into, CancellationToken cancellation)
    {
        try
        {
            int read = TryReceive(into.Span, cancellation) ?? await WaitAsync(into, cancellation);
            return read > 0 ? read : throw new EndOfStreamException("the connection was closed");
        }
        catch (Exception failure) when (PeerLostException.Is(failure))
        {
            throw new PeerLostException(Rank, failure);
        }
    }

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

    /// <summary>Looks for a moment and lets others run: a sleep takes two threads to end.</summary>
    private int? TryReceive(Span<byte> into, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            int read = _socket.Receive(into, SocketFlags.None, out SocketError error);
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
}

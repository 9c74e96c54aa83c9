using System.Diagnostics;
using System.Net.Sockets;
using HealthGpt.Collectives.Links;

namespace HealthGpt.Collectives.SharedMemory;

/// <summary>
/// Two rings in shared memory. Who has to wait looks for a moment, then sleeps until the peer rings: one byte over their TCP connection, which also tells at once when the
/// peer dies. What a peer wrote before it left can still be read.
/// </summary>
internal sealed class SharedStream : PeerStream
{
    // A peer that runs on another processor answers a small message within the first; one that waits for this processor needs it to be given up. After the second,
    // a sleep costs less than it takes from others.
    private static readonly long SpinTicks = Stopwatch.Frequency * 3 / 1_000_000;
    private static readonly long YieldTicks = Stopwatch.Frequency * 100 / 1_000_000;
    private static readonly byte[] Ring = [1];
    private static readonly bool Alone = Environment.ProcessorCount == 1;

    private readonly SharedSegment _segment;
    private readonly SharedRing _outgoing;
    private readonly SharedRing _incoming;
    private readonly Socket _bell;
    private readonly WakeUp _bytes = new();
    private readonly WakeUp _room = new();
    private readonly Task _listening;
    private volatile Exception? _lost;
    private volatile bool _closed;

    public SharedStream(int rank, Socket bell, SharedSegment segment)
        : base(rank)
    {
        _segment = segment;
        _bell = bell;
        (_outgoing, _incoming) = segment.Rings(rank);
        bell.Blocking = false;
        _listening = ListenAsync();
    }

    public override Transport Transport => Transport.SharedMemory;

    public override int LongestPeek => _incoming.Bytes / 2;

    public override async ValueTask ReadAsync(Memory<byte> into, CancellationToken cancellation)
    {
        while (into.Length > 0)
        {
            int ready = _incoming.Available;
            if (ready == 0)
                ready = await WaitForBytesAsync(1, cancellation);
            int count = Math.Min(ready, into.Length);
            _incoming.View(count).Span.CopyTo(into.Span);
            Advance(count);
            into = into[count..];
        }
    }

    public override async ValueTask<ReadOnlyMemory<byte>> PeekAsync(int count, CancellationToken cancellation)
    {
        if (_incoming.Available < count)
            await WaitForBytesAsync(count, cancellation);
        return _incoming.View(count);
    }

    public override void Advance(int count)
    {
        if (_incoming.Advance(count))
            Wake();
    }

    public override void Close()
    {
        _closed = true;
        SocketBytes.Close(_bell);
        _bytes.Set();
        _room.Set();
    }

    public override void Dispose()
    {
        _bell.Dispose();
        // The listener ends with its socket and touches the rings no more.
        _listening.Wait();
        _segment.Dispose();
    }

    protected override int TryWrite(ReadOnlySpan<byte> bytes)
    {
        ThrowIfEnded();
        var (written, wake) = _outgoing.Write(bytes);
        if (wake)
            Wake();
        return written;
    }

    protected override async ValueTask<int> WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        if (!Spin(_outgoing, static (ring, _) => ring.Free > 0, 0, CancellationToken.None))
        {
            while (true)
            {
                Task woken = _room.Next();
                _outgoing.AskForRoom();
                if (_outgoing.Free > 0)
                    break;
                ThrowIfEnded();
                await woken;
            }
        }
        return TryWrite(bytes.Span);
    }

    private async ValueTask<int> WaitForBytesAsync(int count, CancellationToken cancellation)
    {
        if (Spin(_incoming, static (ring, wanted) => ring.Available >= wanted, count, cancellation))
            return _incoming.Available;
        while (true)
        {
            Task woken = _bytes.Next();
            _incoming.AskForBytes();
            // What the peer wrote before it left is there by the time its leaving is seen.
            bool ended = _closed || _lost is not null;
            if (_incoming.Available >= count)
                return _incoming.Available;
            if (ended)
                ThrowIfEnded();
            await woken.WaitAsync(cancellation);
        }
    }

    private bool Spin(SharedRing ring, Func<SharedRing, int, bool> ready, int count, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        long waited = 0;
        while (waited < YieldTicks)
        {
            if (_closed)
                ThrowIfEnded();
            if (ready(ring, count))
                return true;
            cancellation.ThrowIfCancellationRequested();
            if (waited < SpinTicks && !Alone)
                Thread.SpinWait(4);
            else
                Thread.Yield();
            waited = Stopwatch.GetTimestamp() - start;
        }
        return false;
    }

    private void ThrowIfEnded()
    {
        if (_closed)
            throw new PeerLostException(Rank, new ObjectDisposedException(nameof(SharedStream), "the connection was closed"));
        if (_lost is { } lost)
            throw new PeerLostException(Rank, lost);
    }

    private void Wake()
    {
        try
        {
            // A full bell has rung already, and a broken one tells its listener.
            _bell.Send(Ring, SocketFlags.None, out _);
        }
        catch (ObjectDisposedException)
        {
            // Closed by an abort on another thread.
        }
    }

    private async Task ListenAsync()
    {
        byte[] rings = new byte[64];
        try
        {
            while (await _bell.ReceiveAsync(rings.AsMemory(), SocketFlags.None) > 0)
            {
                _bytes.Set();
                _room.Set();
            }
            _lost = new EndOfStreamException("the connection was closed");
        }
        catch (Exception failure) when (PeerLostException.Is(failure))
        {
            _lost = failure;
        }
        _bytes.Set();
        _room.Set();
    }
}

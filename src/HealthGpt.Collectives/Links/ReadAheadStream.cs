namespace HealthGpt.Collectives.Links;

/// <summary>A connection whose small reads go through a buffer, so that a header and what follows it cost one call; large ones go straight into place.</summary>
internal abstract class ReadAheadStream(int rank) : PeerStream(rank)
{
    private const int InboxBytes = 512 << 10;
    private const int ReadAhead = 16 << 10;

    private readonly byte[] _inbox = GC.AllocateUninitializedArray<byte>(InboxBytes, pinned: true);
    private int _start;
    private int _end;

    public override Transport Transport => Transport.Tcp;

    public override int LongestPeek => InboxBytes;

    public override async ValueTask ReadAsync(Memory<byte> into, CancellationToken cancellation)
    {
        while (into.Length > 0)
        {
            if (_start == _end && into.Length >= ReadAhead)
            {
                into = into[await ReceiveSomeAsync(into, cancellation)..];
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

    /// <summary>Waits for bytes and takes some; 0 at the end.</summary>
    protected abstract ValueTask<int> ReceiveAsync(Memory<byte> into, CancellationToken cancellation);

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
            _end += await ReceiveSomeAsync(_inbox.AsMemory(_end, most), cancellation);
        }
    }

    private async ValueTask<int> ReceiveSomeAsync(Memory<byte> into, CancellationToken cancellation)
    {
        try
        {
            int read = await ReceiveAsync(into, cancellation);
            return read > 0 ? read : throw new EndOfStreamException("the connection was closed");
        }
        catch (Exception failure) when (PeerLostException.Is(failure))
        {
            throw new PeerLostException(Rank, failure);
        }
    }
}

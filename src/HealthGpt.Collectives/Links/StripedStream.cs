namespace HealthGpt.Collectives.Links;

/// <summary>Several connections to a peer as one stream: its bytes are cut into stripes that go over the connections in turn.</summary>
internal sealed class StripedStream(int rank, IReadOnlyList<PeerStream> connections) : PeerStream(rank)
{
    // A block of a reduction or a few of them, so that most are read in place.
    private const int StripeBytes = 256 << 10;

    private long _posted;
    private long _read;
    private bool _copied;

    public override Transport Transport => connections[0].Transport;

    public override int LongestPeek => Math.Min(StripeBytes, connections[0].LongestPeek);

    public override void Post(ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var (connection, count) = Next(ref _posted, bytes.Length);
            connection.Post(bytes[..count]);
            bytes = bytes[count..];
        }
    }

    public override void PostCopy(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var (connection, count) = Next(ref _posted, bytes.Length);
            connection.PostCopy(bytes[..count]);
            bytes = bytes[count..];
        }
    }

    public override async ValueTask FlushAsync(CancellationToken cancellation)
    {
        foreach (PeerStream connection in connections)
            await connection.FlushAsync(cancellation);
    }

    public override Task SettleAsync() => Task.WhenAll(connections.Select(connection => connection.SettleAsync()));

    public override async ValueTask ReadAsync(Memory<byte> into, CancellationToken cancellation)
    {
        while (into.Length > 0)
        {
            var (connection, count) = Next(ref _read, into.Length);
            await connection.ReadAsync(into[..count], cancellation);
            into = into[count..];
        }
    }

    public override async ValueTask<ReadOnlyMemory<byte>> PeekAsync(int count, CancellationToken cancellation)
    {
        _copied = count > StripeBytes - (_read % StripeBytes);
        if (!_copied)
            return await ConnectionAt(_read).PeekAsync(count, cancellation);
        byte[] copy = GC.AllocateUninitializedArray<byte>(count);
        await ReadAsync(copy, cancellation);
        return copy;
    }

    public override void Advance(int count)
    {
        if (!_copied)
            Next(ref _read, count).Connection.Advance(count);
    }

    public override void Close()
    {
        foreach (PeerStream connection in connections)
            connection.Close();
    }

    public override void Dispose()
    {
        foreach (PeerStream connection in connections)
            connection.Dispose();
    }

    protected override int TryWrite(ReadOnlySpan<byte> bytes) => throw new NotSupportedException("a striped stream posts to its connections");

    protected override ValueTask<int> WriteAsync(ReadOnlyMemory<byte> bytes) => throw new NotSupportedException("a striped stream posts to its connections");

    private (PeerStream Connection, int Count) Next(ref long position, int wanted)
    {
        PeerStream connection = ConnectionAt(position);
        int count = (int)Math.Min(wanted, StripeBytes - (position % StripeBytes));
        position += count;
        return (connection, count);
    }

    private PeerStream ConnectionAt(long position) => connections[(int)(position / StripeBytes % connections.Count)];
}

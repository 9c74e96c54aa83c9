using HealthGpt.Collectives.Links;

namespace HealthGpt.Collectives.Reductions;

/// <summary>
/// One rank's part of an ordered sum: a direct reduce-scatter of the tree's nodes over ranges of elements and an all-gather of the sums, block by block in a pipeline. A block
/// passes a rank while it is in the cache, and no rank holds more of the others' values than a few blocks. Short sums skip the second half: every rank adds up all of them.
/// </summary>
/// <remarks>
/// In turn t a rank posts its shares of block t and the sum of block t - <see cref="SumLag"/> - 1, then takes the shares of block t - <see cref="SumLag"/> and the sums that
/// were posted with them. So the order of the bytes on a link is fixed, and a rank waits only for what its peers posted <see cref="SumLag"/> turns before.
/// </remarks>
internal sealed class Reduction
{
    // How many turns a peer may be behind before this rank has to wait for it.
    private const int SumLag = 2;

    // Up to so many elements a second message costs more than the sums that it saves.
    private const int DirectElements = 4 << 10;

    // A block's number of elements is a multiple of this, so that blocks stay aligned.
    private const int Grain = 32;

    private HeldNode[] _own = [];
    private HeldNode[][] _shares = [];

    public required int Rank { get; init; }

    public required int WorldSize { get; init; }

    public required ShardTree Tree { get; init; }

    public required IReadOnlyList<(ShardNode Node, Elements Values)> Mine { get; init; }

    /// <summary>All elements, or this rank's range alone where the sums are not gathered.</summary>
    public required Elements Result { get; init; }

    /// <summary>The number of elements of the whole.</summary>
    public required int Length { get; init; }

    /// <summary>Whether every rank gets all sums.</summary>
    public required bool Gathers { get; init; }

    /// <summary>Elements of one block of one node.</summary>
    public required int BlockElements { get; init; }

    public ElementKind Kind => Result.Kind;

    // All ranks must come to the same answer, so it depends on what they have in common alone.
    private bool IsDirect => Gathers && (long)Length * WorldSize <= DirectElements;

    public static Range RangeOf(int rank, int worldSize, int length) => (int)((long)length * rank / worldSize)..(int)((long)length * (rank + 1) / worldSize);

    /// <summary>Runs it over links that are held.</summary>
    public async Task RunAsync(IReadOnlyList<DataLink> links, CancellationToken cancellation)
    {
        using var sum = new TreeSum(Tree, Kind);
        _own = [.. Mine.Select(node => sum.Add(Rank, node.Node))];
        int longest = IsDirect ? Length : (int)(((long)Length + WorldSize - 1) / WorldSize);
        bool single = longest <= BlockElements;
        byte[] table = NodeTable.Write(this);
        foreach (DataLink link in links)
            link.PostFrame(FrameKind.Reduction, [table], single ? [.. Shares(link.Rank, 0, longest)] : null);
        _shares = new HeldNode[links.Count][];
        for (int i = 0; i < links.Count; i++)
            _shares[i] = await ReadTableAsync(sum, links[i], cancellation);

        // The more nodes a rank sends, the shorter their blocks: what is under way stays the same.
        int block = single ? longest : Math.Max(Grain, BlockElements / MostNodes / Grain * Grain);
        sum.Prepare(block);
        if (block > 0)
            await PipeAsync(sum, links, block, (longest + block - 1) / block, single, cancellation);
        foreach (DataLink link in links)
            await link.FlushAsync(cancellation);
    }

    private int MostNodes => Math.Max(1, _shares.Append(_own).Max(nodes => nodes.Length));

    private async Task PipeAsync(TreeSum sum, IReadOnlyList<DataLink> links, int block, int blocks, bool posted, CancellationToken cancellation)
    {
        bool gathers = Gathers && !IsDirect;
        for (int turn = 0; turn < blocks + SumLag + (gathers ? SumLag + 1 : 0); turn++)
        {
            if (turn < blocks && !posted)
                Post(links, link => Shares(link.Rank, turn, block));
            int summed = turn - SumLag - 1;
            if (gathers && summed >= 0 && summed < blocks)
                Post(links, _ => [Sums(Rank, summed, block)]);
            if (turn - SumLag >= 0 && turn - SumLag < blocks)
                await SumAsync(sum, links, turn - SumLag, block, cancellation);
            int gathered = summed - SumLag;
            if (!gathers || gathered < 0)
                continue;
            foreach (DataLink link in links)
                await link.ReadAsync(Sums(link.Rank, gathered, block), cancellation);
        }
    }

    private static void Post(IReadOnlyList<DataLink> links, Func<DataLink, IEnumerable<ReadOnlyMemory<byte>>> bytes)
    {
        foreach (DataLink link in links)
        {
            foreach (ReadOnlyMemory<byte> part in bytes(link))
                link.Post(part);
        }
    }

    private async ValueTask SumAsync(TreeSum sum, IReadOnlyList<DataLink> links, int index, int block, CancellationToken cancellation)
    {
        var (start, count) = BlockOf(Rank, index, block);
        if (count == 0)
            return;
        Memory<byte> into = Sums(Rank, index, block);
        for (int node = 0; node < Mine.Count; node++)
            _own[node].Block = OwnBlock(Mine[node].Values, start, count);
        var peeked = new PeekedBytes[links.Count];
        for (int i = 0; i < links.Count; i++)
        {
            HeldNode[] shares = _shares[i];
            int bytes = count * Result.Size;
            peeked[i] = await links[i].PeekAsync(bytes * shares.Length, cancellation);
            for (int node = 0; node < shares.Length; node++)
                shares[node].Block = peeked[i].Bytes.Slice(node * bytes, bytes);
        }
        sum.SumInto(into.Span);
        for (int i = 0; i < links.Count; i++)
            links[i].Advance(peeked[i]);
    }

    /// <summary>The block of an own node; copied where the sum is written over it before it is read.</summary>
    private ReadOnlyMemory<byte> OwnBlock(Elements values, int start, int count)
    {
        ReadOnlyMemory<byte> block = values.Bytes(start, count);
        return Tree.Shards > 2 && values.Overlaps(Result) ? block.ToArray() : block;
    }

    private IEnumerable<ReadOnlyMemory<byte>> Shares(int rank, int index, int block)
    {
        var (start, count) = BlockOf(rank, index, block);
        return count == 0 ? [] : Mine.Select(node => (ReadOnlyMemory<byte>)node.Values.Bytes(start, count));
    }

    private Memory<byte> Sums(int rank, int index, int block)
    {
        var (start, count) = BlockOf(rank, index, block);
        return Result.Bytes(Gathers ? start : start - RangeOf(rank, WorldSize, Length).Start.Value, count);
    }

    private (int Start, int Count) BlockOf(int rank, int index, int block)
    {
        Range range = IsDirect ? ..Length : RangeOf(rank, WorldSize, Length);
        int start = (int)Math.Min(range.Start.Value + ((long)index * block), range.End.Value);
        return (start, Math.Min(block, range.End.Value - start));
    }

    private async ValueTask<HeldNode[]> ReadTableAsync(TreeSum sum, DataLink link, CancellationToken cancellation)
    {
        ShardNode[] nodes = NodeTable.Read(link.Rank, await link.ReadFrameAsync(FrameKind.Reduction, cancellation), this);
        return Array.ConvertAll(nodes, node => sum.Add(link.Rank, node));
    }
}

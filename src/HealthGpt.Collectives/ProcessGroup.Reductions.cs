using System.Runtime.InteropServices;
using HealthGpt.Collectives.Reductions;
using HealthGpt.Collectives.SharedMemory;

namespace HealthGpt.Collectives;

public sealed partial class ProcessGroup
{
    // A link has several blocks under way each way.
    private const int BlocksOfRing = 16;

    /// <summary>The range of elements that <see cref="ReduceScatterAsync(ReadOnlyMemory{float}, Memory{float}, CancellationToken)"/> gives to a rank.</summary>
    public Range RangeOf(int rank, int length) => Reduction.RangeOf(rank, WorldSize, length);

    /// <summary>Sums the values of all ranks in place, on every rank, in the order of the <see cref="ShardTree"/> over the ranks.</summary>
    public Task AllReduceAsync(Memory<float> values, CancellationToken cancellation = default) =>
        ReduceAsync("all-reduce", Elements.Of(values), Elements.Of(values), true, cancellation);

    /// <summary>Sums the values of all ranks in place, on every rank; in float32 in the order of the <see cref="ShardTree"/> over the ranks, rounded once.</summary>
    public Task AllReduceAsync(Memory<BFloat16> values, CancellationToken cancellation = default) =>
        ReduceAsync("all-reduce", Elements.Of(values), Elements.Of(values), true, cancellation);

    /// <summary>Sums the values of all ranks as <see cref="AllReduceAsync(Memory{float}, CancellationToken)"/> does and leaves each rank its own range of the sums.</summary>
    /// <param name="values">As many on every rank. Neither changed nor kept.</param>
    /// <param name="mine">As long as <see cref="RangeOf"/> of this rank, and apart from <paramref name="values"/>.</param>
    /// <param name="cancellation">Ends the generation when it comes half-way.</param>
    public Task ReduceScatterAsync(ReadOnlyMemory<float> values, Memory<float> mine, CancellationToken cancellation = default) =>
        ReduceAsync("reduce-scatter", Elements.Of(MemoryMarshal.AsMemory(values)), Elements.Of(mine), false, cancellation);

    /// <summary>The same in bfloat16: summed in float32, rounded once.</summary>
    public Task ReduceScatterAsync(ReadOnlyMemory<BFloat16> values, Memory<BFloat16> mine, CancellationToken cancellation = default) =>
        ReduceAsync("reduce-scatter", Elements.Of(MemoryMarshal.AsMemory(values)), Elements.Of(mine), false, cancellation);

    /// <summary>
    /// Sums the logical shards of all ranks along the tree into <paramref name="result"/> on every rank, by a direct reduce-scatter of the tree's nodes over ranges of elements and an
    /// all-gather. The bits depend on the shards' values alone, not on the world size, on who holds which shard or on what carries them.
    /// </summary>
    /// <param name="tree">The tree over all shards of the batch, the same on every rank.</param>
    /// <param name="mine">This rank's nodes; those of all ranks together cover each shard once. Neither changed nor kept.</param>
    /// <param name="result">As long as each node's values, which it may not overlap.</param>
    /// <param name="cancellation">Ends the generation when it comes half-way.</param>
    public async Task ReduceTreeAsync(
        ShardTree tree, IReadOnlyList<(ShardNode Node, float[] Values)> mine, Memory<float> result, CancellationToken cancellation = default)
    {
        foreach (var (node, values) in mine)
        {
            if (!tree.Contains(node))
                throw new ArgumentException($"{node} is no node of the tree over {tree.Shards} shards; take the nodes from a ShardAccumulator of this tree", nameof(mine));
            if (values.Length != result.Length)
                throw new ArgumentException($"node {node} has {values.Length} elements, but the result {result.Length}; make them equal", nameof(mine));
        }
        await ReduceAsync("reduction", tree, [.. mine.Select(node => (node.Node, Elements.Of(node.Values)))], Elements.Of(result), result.Length, true, cancellation);
    }

    private Task ReduceAsync(string operation, Elements values, Elements result, bool gathers, CancellationToken cancellation)
    {
        int expected = gathers ? values.Length : values.Length == 0 ? 0 : RangeOf(Rank, values.Length).GetOffsetAndLength(values.Length).Length;
        if (result.Length != expected)
            throw new ArgumentException($"mine has {result.Length} elements, but rank {Rank} of {WorldSize} gets {expected} of {values.Length}; take its length from RangeOf", nameof(result));
        return ReduceAsync(operation, new ShardTree(WorldSize), [(new ShardNode(Rank, Rank + 1), values)], result, values.Length, gathers, cancellation);
    }

    private async Task ReduceAsync(
        string operation, ShardTree tree, IReadOnlyList<(ShardNode Node, Elements Values)> mine, Elements result, int length, bool gathers, CancellationToken cancellation)
    {
        var reduction = new Reduction
        {
            Rank = Rank,
            WorldSize = WorldSize,
            Tree = tree,
            Mine = mine,
            Result = result,
            Length = length,
            Gathers = gathers,
            BlockElements = SharedSegment.RingBytesFor(WorldSize) / BlocksOfRing / sizeof(float),
        };
        bool started = false;
        try
        {
            await RunAsync(operation, _turn, (long)length * result.Size, async inner =>
            {
                started = true;
                await HeldAsync(() => new ValueTask(reduction.RunAsync(_peers, inner)), inner);
                return true;
            }, cancellation);
        }
        catch when (started)
        {
            result.Invalidate();
            throw;
        }
    }
}

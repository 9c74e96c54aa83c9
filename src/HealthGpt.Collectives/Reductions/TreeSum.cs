using System.Buffers;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using HealthGpt.Collectives.Links;

namespace HealthGpt.Collectives.Reductions;

/// <summary>The tree nodes of all ranks, summed block by block in the tree's order.</summary>
internal sealed class TreeSum(ShardTree tree, ElementKind kind) : IDisposable
{
    private readonly Dictionary<ShardNode, HeldNode> _nodes = [];
    private float[] _scratch = [];
    private int _block;

    /// <summary>Adds a node that a rank holds; its values follow block by block.</summary>
    public HeldNode Add(int rank, ShardNode node)
    {
        if (!tree.Contains(node))
            throw new OutOfStepException($"rank {rank} sent {node}, which is no node of the tree over {tree.Shards} shards; take nodes from a ShardAccumulator");
        var held = new HeldNode(rank);
        if (!_nodes.TryAdd(node, held))
            throw new OutOfStepException($"ranks {_nodes[node].Rank} and {rank} both hold shards {node}; take each rank's shards from ShardsOf");
        return held;
    }

    /// <summary>Checks that the nodes cover every shard once, and makes room for blocks of up to <paramref name="block"/> elements.</summary>
    public void Prepare(int block)
    {
        CheckCover();
        _block = block;
        _scratch = ArrayPool<float>.Shared.Rent(block * (Depth(tree.Shards) + 1));
    }

    /// <summary>Sums the present block of all nodes.</summary>
    public void SumInto(Span<byte> result)
    {
        if (kind == ElementKind.Float32)
        {
            Sum(tree.Root, MemoryMarshal.Cast<byte, float>(result), _scratch);
            return;
        }
        Span<BFloat16> rounded = MemoryMarshal.Cast<byte, BFloat16>(result);
        Span<float> sum = _scratch.AsSpan(0, rounded.Length);
        Sum(tree.Root, sum, _scratch.AsSpan(_block));
        BFloat16Vectors.Narrow(sum, rounded);
    }

    public void Dispose()
    {
        if (_scratch.Length > 0)
            ArrayPool<float>.Shared.Return(_scratch);
        _scratch = [];
    }

    private void Sum(ShardNode node, Span<float> into, Span<float> scratch)
    {
        ReadOnlySpan<float> values = Values(node, into, scratch);
        if (values != into)
            values.CopyTo(into);
    }

    /// <summary>The values of a node: where they lie, or in <paramref name="into"/>.</summary>
    private ReadOnlySpan<float> Values(ShardNode node, Span<float> into, Span<float> scratch)
    {
        if (_nodes.TryGetValue(node, out HeldNode? held))
            return Held(held, into);
        var (left, right) = ShardTree.Split(node);
        ReadOnlySpan<float> leftValues = Values(left, into, scratch);
        ReadOnlySpan<float> rightValues = Values(right, scratch[..into.Length], scratch[_block..]);
        TensorPrimitives.Add(leftValues, rightValues, into);
        return into;
    }

    private ReadOnlySpan<float> Held(HeldNode held, Span<float> into)
    {
        if (kind == ElementKind.Float32)
            return MemoryMarshal.Cast<byte, float>(held.Block.Span);
        BFloat16Vectors.Widen(MemoryMarshal.Cast<byte, BFloat16>(held.Block.Span), into);
        return into;
    }

    private void CheckCover()
    {
        int next = 0;
        foreach (var (node, held) in _nodes.OrderBy(node => node.Key.Start))
        {
            if (node.Start > next)
                throw new OutOfStepException($"no rank holds shards {new ShardNode(next, node.Start)}; sum every shard of the batch");
            if (node.Start < next)
                throw new OutOfStepException($"shards {node} of rank {held.Rank} are held by another rank too; take each rank's shards from ShardsOf");
            next = node.End;
        }
        if (next != tree.Shards)
            throw new OutOfStepException($"no rank holds shards {new ShardNode(next, tree.Shards)}; sum every shard of the batch");
    }

    private static int Depth(int shards)
    {
        int depth = 1;
        for (; shards > 1; shards = (shards + 1) / 2)
            depth++;
        return depth;
    }
}

using System.Numerics.Tensors;

namespace HealthGpt.Collectives;

/// <summary>
/// Sums the gradients of a rank's shards along the tree as they come, merging siblings as soon as both are complete. The order of <see cref="Add"/> changes memory, never
/// bits; ascending order holds the fewest buffers. Not thread-safe.
/// </summary>
public sealed class ShardAccumulator
{
    private readonly ShardTree _tree;
    private readonly int _length;
    private readonly SortedList<int, (ShardNode Node, float[] Values)> _complete = [];
    private readonly Stack<float[]> _spare = new();

    /// <summary>An empty accumulator of gradients of <paramref name="length"/> elements.</summary>
    public ShardAccumulator(ShardTree tree, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        _tree = tree;
        _length = length;
    }

    /// <summary>The maximal sums so far, in shard order; they belong to the accumulator until <see cref="Reset"/>.</summary>
    public IReadOnlyList<(ShardNode Node, float[] Values)> Nodes => [.. _complete.Values];

    /// <summary>Adds the gradient of one shard; the values are copied or summed before this returns.</summary>
    public void Add(int shard, ReadOnlySpan<float> gradient)
    {
        var leaf = new ShardNode(shard, shard + 1);
        Check(leaf, gradient.Length);
        // A leaf whose sibling waits is summed straight into the sibling's buffer, without a copy of its own.
        if (!TryTakeSibling(leaf, out var sibling, out var parent))
        {
            float[] copy = _spare.TryPop(out float[]? spare) ? spare : new float[_length];
            gradient.CopyTo(copy);
            _complete.Add(leaf.Start, (leaf, copy));
            return;
        }
        if (sibling.Node.Start < leaf.Start)
            TensorPrimitives.Add(sibling.Values, gradient, sibling.Values);
        else
            TensorPrimitives.Add(gradient, sibling.Values, sibling.Values);
        Merge(parent, sibling.Values);
    }

    /// <summary>Forgets all sums and keeps the buffers for the next step. Arrays taken from <see cref="Nodes"/> will be overwritten.</summary>
    public void Reset()
    {
        foreach (var (_, values) in _complete.Values)
            _spare.Push(values);
        _complete.Clear();
    }

    private void Merge(ShardNode node, float[] values)
    {
        while (TryTakeSibling(node, out var sibling, out var parent))
        {
            var (left, right) = sibling.Node.Start < node.Start ? (sibling.Values, values) : (values, sibling.Values);
            TensorPrimitives.Add(left, right, left);
            _spare.Push(right);
            (node, values) = (parent, left);
        }
        _complete.Add(node.Start, (node, values));
    }

    private bool TryTakeSibling(ShardNode node, out (ShardNode Node, float[] Values) sibling, out ShardNode parent)
    {
        sibling = default;
        if (!_tree.TryFindParent(node, out parent))
            return false;
        var (left, right) = ShardTree.Split(parent);
        ShardNode wanted = node == left ? right : left;
        if (!_complete.TryGetValue(wanted.Start, out sibling) || sibling.Node != wanted)
            return false;
        _complete.Remove(wanted.Start);
        return true;
    }

    private void Check(ShardNode leaf, int length)
    {
        if (leaf.Start < 0 || leaf.End > _tree.Shards)
            throw new ArgumentOutOfRangeException(nameof(leaf), leaf.Start, $"shard is {leaf.Start}; the tree has {_tree.Shards} shards; shards go from 0 to {_tree.Shards - 1}");
        if (length != _length)
            throw new ArgumentException($"shard {leaf.Start} has {length} elements; this accumulator sums {_length}; pass the whole gradient of every shard", nameof(length));
        foreach (var (node, _) in _complete.Values)
        {
            if (node.Start <= leaf.Start && leaf.Start < node.End)
                throw new InvalidOperationException($"shard {leaf.Start} was added before; each shard counts once a step; call Reset between steps");
        }
    }
}

namespace HealthGpt.Collectives;

/// <summary>
/// The fixed binary tree in which the gradients of a batch's logical shards are summed. It depends on the number of shards alone, so a float32 sum along it has the
/// same bits however the shards are spread over ranks.
/// </summary>
public sealed class ShardTree
{
    /// <summary>Makes the tree over <paramref name="shards"/> logical shards; any number from 1 on, not only powers of two.</summary>
    public ShardTree(int shards)
    {
        if (shards < 1)
            throw new ArgumentOutOfRangeException(nameof(shards), shards, $"shards is {shards}; a tree needs at least one shard; set it to 1 or more");
        Root = new ShardNode(0, shards);
    }

    /// <summary>The number of logical shards.</summary>
    public int Shards => Root.End;

    /// <summary>The node that sums all shards.</summary>
    public ShardNode Root { get; }

    /// <summary>The two children of an inner node; the left one has the greater half.</summary>
    public static (ShardNode Left, ShardNode Right) Split(ShardNode node)
    {
        if (node.Count < 2)
            throw new ArgumentException($"node {node} has no children; only a node of two shards or more is split; check IsLeaf first", nameof(node));
        int middle = node.Start + ((node.Count + 1) / 2);
        return (new ShardNode(node.Start, middle), new ShardNode(middle, node.End));
    }

    /// <summary>Whether <paramref name="node"/> is a node of this tree.</summary>
    public bool Contains(ShardNode node) => node.Count >= 1 && (node == Root || TryFindParent(node, out _));

    /// <summary>The node that sums <paramref name="node"/> and its sibling; false for the root and for what is no node of this tree.</summary>
    public bool TryFindParent(ShardNode node, out ShardNode parent)
    {
        parent = Root;
        while (parent.Start <= node.Start && node.End <= parent.End && node.Count >= 1 && parent.Count > node.Count)
        {
            var (left, right) = Split(parent);
            if (node == left || node == right)
                return true;
            parent = node.Start < left.End ? left : right;
        }
        return false;
    }

    /// <summary>The contiguous, balanced range of shards of one rank; the first ranks take one more where they do not divide evenly.</summary>
    public (int Start, int End) ShardsOf(int rank, int worldSize)
    {
        if (worldSize < 1 || worldSize > Shards)
            throw new ArgumentOutOfRangeException(nameof(worldSize), worldSize,
                $"world size is {worldSize}, but the batch has {Shards} shards; every rank needs at least one shard; use 1 to {Shards} workers or raise the job's shards");
        if (rank < 0 || rank >= worldSize)
            throw new ArgumentOutOfRangeException(nameof(rank), rank, $"rank is {rank}; the world size is {worldSize}; ranks go from 0 to {worldSize - 1}");
        var (size, larger) = Math.DivRem(Shards, worldSize);
        int start = (rank * size) + Math.Min(rank, larger);
        return (start, start + size + (rank < larger ? 1 : 0));
    }

    /// <summary>The maximal complete subtrees that make up the range [<paramref name="start"/>, <paramref name="end"/>), in order.</summary>
    public IReadOnlyList<ShardNode> NodesOf(int start, int end)
    {
        if (start < 0 || end > Shards || start > end)
            throw new ArgumentOutOfRangeException(nameof(start), start, $"range is [{start},{end}); it must lie in [0,{Shards}); take it from ShardsOf");
        var nodes = new List<ShardNode>();
        Collect(Root, start, end, nodes);
        return nodes;
    }

    private static void Collect(ShardNode node, int start, int end, List<ShardNode> nodes)
    {
        if (node.End <= start || end <= node.Start)
            return;
        if (start <= node.Start && node.End <= end)
        {
            nodes.Add(node);
            return;
        }
        var (left, right) = Split(node);
        Collect(left, start, end, nodes);
        Collect(right, start, end, nodes);
    }
}

using System.Buffers;
using System.Buffers.Binary;
using System.Numerics.Tensors;
using HealthGpt.Collectives.Links;

namespace HealthGpt.Collectives;

/// <summary>One rank's part of a reduction: the tree nodes of all ranks over one range of elements.</summary>
internal sealed class TreeReduction(ShardTree tree, int length, int rank) : IDisposable
{
    private const int TableHead = 4 + 4 + 4;

    // Summed block by block, so that the values between two levels of the tree stay in the cache.
    private const int Block = 16 << 10;

    private readonly Lock _lock = new();
    private readonly Dictionary<ShardNode, (int Rank, Memory<float> Values)> _nodes = [];
    private readonly List<float[]> _rented = [];

    /// <summary>What is sent ahead of a rank's values: shards of the tree, elements of the whole, nodes that follow.</summary>
    public static byte[] Table(ShardTree tree, int length, IReadOnlyList<(ShardNode Node, float[] Values)> nodes)
    {
        byte[] table = new byte[TableHead + (8 * nodes.Count)];
        Span<byte> rest = table;
        foreach (int value in nodes.SelectMany(node => new[] { node.Node.Start, node.Node.End }).Prepend(nodes.Count).Prepend(length).Prepend(tree.Shards))
        {
            BinaryPrimitives.WriteInt32LittleEndian(rest, value);
            rest = rest[4..];
        }
        return table;
    }

    public void Add(int fromRank, ShardNode node, Memory<float> values)
    {
        lock (_lock)
        {
            if (!tree.Contains(node))
                throw new OutOfStepException($"rank {fromRank} sent {node}, which is no node of the tree over {tree.Shards} shards; take nodes from a ShardAccumulator");
            if (!_nodes.TryAdd(node, (fromRank, values)))
                throw new OutOfStepException($"ranks {_nodes[node].Rank} and {fromRank} both hold shards {node}; take each rank's shards from ShardsOf");
        }
    }

    /// <summary>Reads a peer's table and its values for a range of <paramref name="elements"/> elements.</summary>
    public async Task ReceiveAsync(DataLink peer, int elements, CancellationToken cancellation) =>
        await peer.ReceiveAsync(FrameKind.ReduceScatter, async (bytes, inner) =>
        {
            byte[] head = new byte[TableHead];
            await peer.ReadAsync(head, inner);
            int count = CheckTable(peer.Rank, head, elements, bytes);
            byte[] table = new byte[8 * count];
            await peer.ReadAsync(table, inner);
            for (int i = 0; i < count; i++)
            {
                Memory<float> values = Rent(elements);
                foreach (Memory<byte> piece in ByteView.Of(values))
                    await peer.ReadAsync(piece, inner);
                Add(peer.Rank, new ShardNode(ReadInt(table, 8 * i), ReadInt(table, (8 * i) + 4)), values);
            }
        }, cancellation);

    /// <summary>Sums all nodes into <paramref name="into"/>, each level in the tree's order.</summary>
    public void Sum(Span<float> into)
    {
        CheckCover();
        float[] scratch = ArrayPool<float>.Shared.Rent(Block * Depth(tree.Shards));
        try
        {
            for (int start = 0; start < into.Length; start += Block)
                Sum(tree.Root, start, into.Slice(start, Math.Min(Block, into.Length - start)), scratch);
        }
        finally
        {
            ArrayPool<float>.Shared.Return(scratch);
        }
    }

    /// <summary>Gives the buffers back. Only after every receive has ended.</summary>
    public void Dispose()
    {
        foreach (float[] buffer in _rented)
            ArrayPool<float>.Shared.Return(buffer);
        _rented.Clear();
    }

    private void Sum(ShardNode node, int start, Span<float> into, Span<float> scratch)
    {
        if (_nodes.TryGetValue(node, out var held))
        {
            held.Values.Span.Slice(start, into.Length).CopyTo(into);
            return;
        }
        var (left, right) = ShardTree.Split(node);
        Span<float> temporary = scratch[..into.Length];
        ReadOnlySpan<float> leftValues = Values(left, start, into, scratch);
        ReadOnlySpan<float> rightValues = Values(right, start, temporary, scratch[Block..]);
        TensorPrimitives.Add(leftValues, rightValues, into);
    }

    private ReadOnlySpan<float> Values(ShardNode node, int start, Span<float> into, Span<float> scratch)
    {
        if (_nodes.TryGetValue(node, out var held))
            return held.Values.Span.Slice(start, into.Length);
        Sum(node, start, into, scratch);
        return into;
    }

    private Memory<float> Rent(int elements)
    {
        if (elements == 0)
            return Memory<float>.Empty;
        float[] buffer = ArrayPool<float>.Shared.Rent(elements);
        lock (_lock)
            _rented.Add(buffer);
        return buffer.AsMemory(0, elements);
    }

    private int CheckTable(int fromRank, byte[] head, int elements, long bytes)
    {
        if (ReadInt(head, 0) != tree.Shards)
            throw new OutOfStepException($"rank {fromRank} sums {ReadInt(head, 0)} shards, but rank {rank} {tree.Shards}; give every rank the same job");
        if (ReadInt(head, 4) != length)
            throw new OutOfStepException($"rank {fromRank} sums {ReadInt(head, 4)} elements, but rank {rank} {length}; give every rank the same buckets");
        int count = ReadInt(head, 8);
        if (count < 0 || count > tree.Shards || bytes != TableHead + (count * (8 + (4L * elements))))
            throw new OutOfStepException($"rank {fromRank} sent {bytes} bytes for {count} nodes of {elements} elements; form a new generation");
        return count;
    }

    private void CheckCover()
    {
        int next = 0;
        foreach (ShardNode node in _nodes.Keys.OrderBy(node => node.Start))
        {
            if (node.Start > next)
                throw new OutOfStepException($"no rank holds shards {new ShardNode(next, node.Start)}; sum every shard of the batch");
            if (node.Start < next)
                throw new OutOfStepException($"shards {node} of rank {_nodes[node].Rank} are held by another rank too; take each rank's shards from ShardsOf");
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

    private static int ReadInt(byte[] bytes, int at) => BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at));
}

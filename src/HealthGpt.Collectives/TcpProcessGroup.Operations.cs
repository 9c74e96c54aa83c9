using HealthGpt.Collectives.Links;

namespace HealthGpt.Collectives;

public sealed partial class TcpProcessGroup
{
    /// <summary>Returns once every rank has called it.</summary>
    public Task BarrierAsync(CancellationToken cancellation = default) =>
        RunAsync("barrier", _turn, inner => ExchangeEmptyAsync("barrier", FrameKind.Barrier, _ => { }, inner), cancellation);

    /// <summary>Gives every rank the messages of all, by rank. For small messages: all are held in memory.</summary>
    public Task<byte[][]> AllGatherAsync(ReadOnlyMemory<byte> small, CancellationToken cancellation = default) =>
        RunAsync("all-gather", _turn, async inner =>
        {
            byte[][] all = new byte[WorldSize][];
            all[Rank] = small.ToArray();
            await ExchangeAsync("all-gather", peer => peer.SendAsync(FrameKind.AllGather, [small], inner),
                async peer => all[peer.Rank] = await peer.ReceiveAsync(FrameKind.AllGather, inner));
            return all;
        }, cancellation);

    /// <summary>
    /// Sends a message of any size to one peer; it ends when the bytes are on their way, which for large ones means that the peer receives. Two ranks that send each other large
    /// messages start their receives before they await their sends.
    /// </summary>
    public async Task SendAsync(int peer, ReadOnlyMemory<byte> message, CancellationToken cancellation = default)
    {
        DataLink link = Peer(peer);
        await RunAsync("send", null, async inner =>
        {
            await link.SendAsync(FrameKind.Message, [message], inner);
            return true;
        }, cancellation);
    }

    /// <summary>Receives the next message of one peer.</summary>
    public async Task<byte[]> ReceiveAsync(int peer, CancellationToken cancellation = default)
    {
        DataLink link = Peer(peer);
        return await RunAsync("receive", null, inner => link.ReceiveAsync(FrameKind.Message, inner), cancellation);
    }

    /// <summary>
    /// Sums the logical shards of all ranks along the tree into <paramref name="result"/> on every rank, by a direct reduce-scatter of the tree's nodes over ranges of elements and an
    /// all-gather. The bits depend on the shards' values alone, not on the world size or on who holds which shard.
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
        await RunAsync("reduction", _turn, async inner =>
        {
            await ReduceScatterAsync(tree, mine, result, inner);
            await ExchangeAsync("reduction",
                peer => peer.SendAsync(FrameKind.ReducedGather, [.. ByteView.Of(result[RangeOf(Rank, result.Length)])], inner),
                peer => peer.ReceiveAsync(FrameKind.ReducedGather, [.. ByteView.Of(result[RangeOf(peer.Rank, result.Length)])], inner));
            return true;
        }, cancellation);
    }

    /// <summary>Ends when every rank stands connected to all; <see cref="NotReady"/> names those that do not. The formation explains its failures.</summary>
    internal async Task FirstBarrierAsync(CancellationToken cancellation)
    {
        await ExchangeEmptyAsync("first barrier", FrameKind.Ready, rank => _ready[rank] = true, cancellation);
        _control?.Watch();
    }

    private async Task ReduceScatterAsync(ShardTree tree, IReadOnlyList<(ShardNode Node, float[] Values)> mine, Memory<float> result, CancellationToken cancellation)
    {
        Range range = RangeOf(Rank, result.Length);
        byte[] table = TreeReduction.Table(tree, result.Length, mine);
        using var reduction = new TreeReduction(tree, result.Length, Rank);
        foreach (var (node, values) in mine)
            reduction.Add(Rank, node, values.AsMemory(range));
        await ExchangeAsync("reduction",
            peer => peer.SendAsync(FrameKind.ReduceScatter, Parts(peer.Rank), cancellation),
            peer => reduction.ReceiveAsync(peer, result[range].Length, cancellation));
        reduction.Sum(result[range].Span);

        List<ReadOnlyMemory<byte>> Parts(int peer) =>
            [table, .. mine.SelectMany(node => ByteView.Of(node.Values.AsMemory(RangeOf(peer, result.Length)))).Select(piece => (ReadOnlyMemory<byte>)piece)];
    }

    private async Task<bool> ExchangeEmptyAsync(string operation, FrameKind kind, Action<int> received, CancellationToken cancellation)
    {
        await ExchangeAsync(operation, peer => peer.SendAsync(kind, [], cancellation), async peer =>
        {
            await peer.ReceiveAsync(kind, Array.Empty<Memory<byte>>(), cancellation);
            received(peer.Rank);
        });
        return true;
    }

    /// <summary>Sends to and receives from every peer, all at once: with large messages both ways, whoever only sent would wait for ever.</summary>
    private Task ExchangeAsync(string operation, Func<DataLink, Task> send, Func<DataLink, Task> receive) =>
        AllAsync(operation, [.. _peers.Select(receive), .. _peers.Select(send)]);

    private Range RangeOf(int rank, int length) => (int)((long)length * rank / WorldSize)..(int)((long)length * (rank + 1) / WorldSize);
}

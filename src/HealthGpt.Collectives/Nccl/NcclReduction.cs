namespace HealthGpt.Collectives.Nccl;

/// <summary>
/// An ordered sum on devices: each rank receives the tree's nodes of all others over its own range of elements, adds them up along the tree, and all gather the sums. NCCL adds
/// nothing, so the bits are those of <see cref="ProcessGroup.ReduceTreeAsync"/> as far as the device adds two float32 as IEEE 754 says.
/// </summary>
public sealed class NcclReduction
{
    private readonly NcclCommunicator _communicator;
    private readonly ShardTree _tree;
    private readonly ShardNode[][] _nodes;
    private readonly long _length;
    private readonly long _chunk;

    internal NcclReduction(NcclCommunicator communicator, ShardTree tree, ShardNode[][] nodes, long length)
    {
        _communicator = communicator;
        _tree = tree;
        _nodes = nodes;
        _length = length;
        _chunk = communicator.PaddedLength(length) / WorldSize;
    }

    /// <summary>The elements of scratch memory that <see cref="Run"/> asks for.</summary>
    public long ScratchElements => CountOf(Rank) * (Received + Depth(_tree.Shards));

    private int Rank => _communicator.Group.Rank;

    private int WorldSize => _communicator.Group.WorldSize;

    private int Received => _nodes.Where((_, rank) => rank != Rank).Sum(nodes => nodes.Length);

    /// <summary>Queues the sum on a stream and returns.</summary>
    /// <param name="values">Device addresses of this rank's nodes, float32, in the order that was agreed on. Not changed.</param>
    /// <param name="result">Device address of room for <see cref="NcclCommunicator.PaddedLength"/> float32, apart from the values.</param>
    /// <param name="vectors">What adds.</param>
    /// <param name="stream">The CUDA stream.</param>
    /// <exception cref="NcclException">NCCL refused; the generation ends.</exception>
    /// <exception cref="GroupAbortedException">The generation ended.</exception>
    public void Run(IReadOnlyList<nint> values, nint result, IDeviceVectors vectors, nint stream)
    {
        if (values.Count != _nodes[Rank].Length)
            throw new ArgumentException($"values has {values.Count} addresses, but rank {Rank} holds {_nodes[Rank].Length} nodes; pass one for each", nameof(values));
        long count = CountOf(Rank);
        nint scratch = vectors.Scratch(ScratchElements);
        var held = new Dictionary<ShardNode, nint>();
        for (int node = 0; node < values.Count; node++)
            held[_nodes[Rank][node]] = At(values[node], Rank * _chunk);
        _communicator.Call((library, communicator) => library.Group(() =>
        {
            foreach (int peer in Enumerable.Range(0, WorldSize).Where(peer => peer != Rank))
            {
                // What a peer sends, and in which order, is what it said that it holds.
                foreach (nint value in CountOf(peer) > 0 ? values : [])
                    library.Send(At(value, peer * _chunk), CountOf(peer), peer, communicator, stream);
                foreach (ShardNode node in count > 0 ? _nodes[peer] : [])
                {
                    library.Receive(scratch, count, peer, communicator, stream);
                    held[node] = scratch;
                    scratch = At(scratch, count);
                }
            }
        }));
        nint sum = At(result, Rank * _chunk);
        if (count > 0 && Sum(_tree.Root, held, vectors, (sum, scratch), (count, stream)) is var root && root != sum)
            vectors.Copy(root, sum, count, stream);
        _communicator.Call((library, communicator) => library.AllGather(sum, result, _chunk, communicator, stream));
    }

    /// <summary>The address of a node's sum: where it lies, or in the first of the two places.</summary>
    private static nint Sum(ShardNode node, Dictionary<ShardNode, nint> held, IDeviceVectors vectors, (nint Into, nint Scratch) place, (long Count, nint Stream) what)
    {
        if (held.TryGetValue(node, out nint address))
            return address;
        var (left, right) = ShardTree.Split(node);
        nint leftSum = Sum(left, held, vectors, place, what);
        nint rightSum = Sum(right, held, vectors, (place.Scratch, At(place.Scratch, what.Count)), what);
        vectors.Add(leftSum, rightSum, place.Into, what.Count, what.Stream);
        return place.Into;
    }

    private static nint At(nint address, long elements) => checked(address + (nint)(elements * sizeof(float)));

    private static int Depth(int shards)
    {
        int depth = 1;
        for (; shards > 1; shards = (shards + 1) / 2)
            depth++;
        return depth;
    }

    // The last ranges are shorter, or empty, where the length is no multiple of the world size.
    private long CountOf(int rank) => Math.Clamp(_length - (rank * _chunk), 0, _chunk);
}

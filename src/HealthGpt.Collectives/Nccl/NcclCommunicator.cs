using System.Runtime.InteropServices;
using HealthGpt.Collectives.Links;
using HealthGpt.Collectives.Reductions;

namespace HealthGpt.Collectives.Nccl;

/// <summary>
/// NCCL between the ranks of a <see cref="ProcessGroup"/>, for sums on CUDA devices. The group stays what it is: it carries what ranks have to agree on, and when its generation
/// ends the communicator is aborted. All calls but <see cref="Dispose"/> belong on the device's thread. Unproven: no machine with a GPU has run it.
/// </summary>
public sealed class NcclCommunicator : IDisposable
{
    // Calls only queue work; one that does not come back waits for a peer that is gone.
    private static readonly TimeSpan LongestCall = TimeSpan.FromMilliseconds(500);

    private readonly NcclLibrary _library;
    private readonly Lock _calls = new();
    private readonly CancellationTokenRegistration _abort;
    private nint _communicator;

    private NcclCommunicator(NcclLibrary library, ProcessGroup group, nint communicator)
    {
        _library = library;
        Group = group;
        _communicator = communicator;
        _abort = group.AbortToken.Register(Abort);
    }

    /// <summary>The group whose ranks it connects.</summary>
    public ProcessGroup Group { get; }

    /// <summary>
    /// Forms it; every rank of the group calls this at the same point of its operations, on the thread whose current CUDA device it is to use. Returns when all have come.
    /// </summary>
    /// <exception cref="NcclException">NCCL refused.</exception>
    /// <exception cref="GroupAbortedException">The generation ended.</exception>
    public static NcclCommunicator Form(NcclLibrary library, ProcessGroup group)
    {
        byte[] id = group.Rank == 0 ? Demand(group, library.GetUniqueId).ToBytes() : new byte[NcclUniqueId.Bytes];
        group.BroadcastAsync<byte>(id, 0).GetAwaiter().GetResult();
        return new NcclCommunicator(library, group, Demand(group, () => library.CommInitRank(group.WorldSize, NcclUniqueId.From(id), group.Rank)));
    }

    /// <summary>The elements that a result needs room for: a multiple of the world size, since NCCL gathers as many from every rank.</summary>
    public long PaddedLength(long length) => (length + Group.WorldSize - 1) / Group.WorldSize * Group.WorldSize;

    /// <summary>Agrees with all ranks on a sum, which can then run any number of times; every rank calls this at the same point of its operations.</summary>
    /// <param name="tree">The tree over all shards of the batch, the same on every rank.</param>
    /// <param name="mine">This rank's nodes; those of all ranks together cover each shard once.</param>
    /// <param name="length">The elements of each node, the same on every rank.</param>
    /// <exception cref="GroupAbortedException">The ranks do not agree, or the generation ended.</exception>
    public NcclReduction Prepare(ShardTree tree, IReadOnlyList<ShardNode> mine, long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        long[] table = [tree.Shards, length, .. mine.SelectMany(node => new long[] { node.Start, node.End })];
        byte[][] tables = Group.AllGatherAsync(MemoryMarshal.AsBytes(table.AsSpan()).ToArray()).GetAwaiter().GetResult();
        return Demand(Group, () =>
        {
            ShardNode[][] nodes = [.. tables.Select((bytes, rank) => Read(rank, MemoryMarshal.Cast<byte, long>(bytes), tree, length))];
            using var cover = new TreeSum(tree, ElementKind.Float32);
            for (int rank = 0; rank < nodes.Length; rank++)
            {
                foreach (ShardNode node in nodes[rank])
                    cover.Add(rank, node);
            }
            cover.Prepare(0);
            return new NcclReduction(this, tree, nodes, length);
        });
    }

    /// <summary>Frees the communicator, on the device's thread and when its stream has ended what was queued; one whose generation ended is freed already.</summary>
    public void Dispose()
    {
        _abort.Dispose();
        if (Interlocked.Exchange(ref _communicator, 0) is var communicator && communicator != 0)
            _library.CommDestroy(communicator);
    }

    /// <summary>Queues work; a failure ends the generation.</summary>
    internal void Call(Action<NcclLibrary, nint> calls)
    {
        lock (_calls)
        {
            nint communicator = _communicator;
            if (communicator == 0 || Group.Aborted)
                throw new GroupAbortedException(Group.Job, Group.Generation, "the communicator was aborted with its generation, or disposed");
            Demand(Group, () =>
            {
                calls(_library, communicator);
                return true;
            });
        }
    }

    private static ShardNode[] Read(int rank, ReadOnlySpan<long> table, ShardTree tree, long length)
    {
        if (table.Length < 2 || table[0] != tree.Shards || table[1] != length)
            throw new OutOfStepException($"rank {rank} sums other shards or another number of elements than {tree.Shards} and {length}; give every rank the same job");
        ShardNode[] nodes = new ShardNode[(table.Length - 2) / 2];
        for (int node = 0; node < nodes.Length; node++)
            nodes[node] = new ShardNode((int)table[2 + (2 * node)], (int)table[3 + (2 * node)]);
        return nodes;
    }

    private static T Demand<T>(ProcessGroup group, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception failure) when (failure is NcclException or OutOfStepException)
        {
            group.Abort(failure.Message);
            if (failure is NcclException)
                throw;
            throw new GroupAbortedException(group.Job, group.Generation, failure.Message, failure);
        }
    }

    /// <summary>Ends what is queued, from any thread. Waits for a call that is queueing only so long: one that hangs needs the abort to end.</summary>
    private void Abort()
    {
        bool entered = _calls.TryEnter(LongestCall);
        try
        {
            if (Interlocked.Exchange(ref _communicator, 0) is var communicator && communicator != 0)
                _library.CommAbort(communicator);
        }
        catch (NcclException)
        {
            // The generation has ended with a reason of its own.
        }
        finally
        {
            if (entered)
                _calls.Exit();
        }
    }
}

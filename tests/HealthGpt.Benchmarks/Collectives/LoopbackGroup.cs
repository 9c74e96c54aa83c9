using HealthGpt.Collectives;

namespace HealthGpt.Benchmarks.Collectives;

/// <summary>All ranks of a process group in this process, connected over loopback.</summary>
internal sealed class LoopbackGroup : IDisposable
{
    private readonly PeerListener[] _listeners;
    private readonly ProcessGroup[] _ranks;

    public LoopbackGroup(int worldSize)
    {
        _listeners = [.. Enumerable.Range(0, worldSize).Select(_ => PeerListener.Start())];
        _ranks = OnAll(rank => ProcessGroup.FormAsync(_listeners[rank], Spec(rank)));
    }

    /// <summary>Sums the ranks' nodes into each rank's result.</summary>
    public void Reduce(ShardTree tree, (ShardNode, float[])[][] nodes, float[][] results) =>
        Task.WhenAll(_ranks.Select((group, rank) => Task.Run(() => group.ReduceTreeAsync(tree, nodes[rank], results[rank])))).GetAwaiter().GetResult();

    public void Dispose()
    {
        foreach (var rank in _ranks) rank.DisposeAsync().AsTask().GetAwaiter().GetResult();
        foreach (var listener in _listeners) listener.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    private GroupSpec Spec(int rank) => new()
    {
        Job = "benchmark",
        Generation = 1,
        Rank = rank,
        Members = [.. _listeners.Select(listener => listener.EndPoint)],
        Secret = "benchmark",
        // A measuring process may starve its own heartbeats.
        HeartbeatInterval = TimeSpan.FromSeconds(5),
    };

    private ProcessGroup[] OnAll(Func<int, Task<ProcessGroup>> form) =>
        Task.WhenAll(Enumerable.Range(0, _listeners.Length).Select(rank => Task.Run(() => form(rank)))).GetAwaiter().GetResult();
}

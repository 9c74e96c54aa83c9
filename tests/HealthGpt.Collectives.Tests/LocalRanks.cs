using Xunit;

namespace HealthGpt.Collectives.Tests;

/// <summary>All ranks of a group in this process, each with a listener of its own.</summary>
internal sealed class LocalRanks : IAsyncDisposable
{
    public const string Secret = "the job's secret";
    private readonly Transport _transport;
    private readonly List<PeerListener> _listeners;

    private LocalRanks(int worldSize, Transport transport)
    {
        _transport = transport;
        _listeners = [.. Enumerable.Range(0, worldSize).Select(_ => PeerListener.Start())];
    }

    public List<ProcessGroup> Groups { get; } = [];

    public ProcessGroup this[int rank] => Groups[rank];

    /// <summary>What two ranks of a host can go over.</summary>
    public static TheoryData<Transport> HostTransports => OperatingSystem.IsLinux() ? [Transport.Tcp, Transport.SharedMemory] : [Transport.Tcp];

    public static LocalRanks Listen(int worldSize, Transport transport = Transport.Auto) => new(worldSize, transport);

    public static async Task<LocalRanks> FormAsync(int worldSize, Transport transport = Transport.Auto)
    {
        LocalRanks ranks = Listen(worldSize, transport);
        ranks.Groups.AddRange(await Task.WhenAll(Enumerable.Range(0, worldSize).Select(rank => ranks.FormRankAsync(ranks.Spec(rank)))));
        return ranks;
    }

    public PeerListener Listener(int rank) => _listeners[rank];

    public GroupSpec Spec(int rank, long generation = 1) => new()
    {
        Job = "job",
        Generation = generation,
        Rank = rank,
        Members = [.. _listeners.Select(listener => listener.EndPoint)],
        Secret = Secret,
        Transport = _transport,
        FormTimeout = TimeSpan.FromSeconds(20),
    };

    public Task<ProcessGroup> FormRankAsync(GroupSpec spec) => FormRankAsync(spec.Rank, spec);

    /// <summary>Forms a rank that another listener than the one of its number serves.</summary>
    public Task<ProcessGroup> FormRankAsync(int listener, GroupSpec spec) =>
        ProcessGroup.FormAsync(_listeners[listener], spec, TestContext.Current.CancellationToken);

    public Task OnAllAsync(Func<ProcessGroup, Task> action) => Task.WhenAll(Groups.Select(group => Task.Run(() => action(group))));

    public async ValueTask DisposeAsync()
    {
        foreach (ProcessGroup group in Groups)
            await group.DisposeAsync();
        foreach (PeerListener listener in _listeners)
            await listener.DisposeAsync();
    }
}

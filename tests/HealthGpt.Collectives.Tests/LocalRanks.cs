using Xunit;

namespace HealthGpt.Collectives.Tests;

/// <summary>All ranks of a group in this process, each with a listener of its own.</summary>
internal sealed class LocalRanks : IAsyncDisposable
{
    public const string Secret = "the job's secret";
    private readonly List<PeerListener> _listeners;

    private LocalRanks(int worldSize) => _listeners = [.. Enumerable.Range(0, worldSize).Select(_ => PeerListener.Start())];

    public List<TcpProcessGroup> Groups { get; } = [];

    public TcpProcessGroup this[int rank] => Groups[rank];

    public static LocalRanks Listen(int worldSize) => new(worldSize);

    public static async Task<LocalRanks> FormAsync(int worldSize)
    {
        var ranks = new LocalRanks(worldSize);
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
        FormTimeout = TimeSpan.FromSeconds(20),
    };

    public Task<TcpProcessGroup> FormRankAsync(GroupSpec spec) =>
        TcpProcessGroup.FormAsync(_listeners[spec.Rank], spec, TestContext.Current.CancellationToken);

    public Task OnAllAsync(Func<TcpProcessGroup, Task> action) => Task.WhenAll(Groups.Select(group => Task.Run(() => action(group))));

    public async ValueTask DisposeAsync()
    {
        foreach (TcpProcessGroup group in Groups)
            await group.DisposeAsync();
        foreach (PeerListener listener in _listeners)
            await listener.DisposeAsync();
    }
}

using Microsoft.Extensions.Logging;
using Xunit;

namespace HealthGpt.Collectives.Tests;

/// <summary>All ranks of a group in this process, each with a listener of its own.</summary>
internal sealed class LocalRanks : IAsyncDisposable
{
    public const string Secret = "the job's secret";
    private readonly Transport _transport;
    private readonly Encryption _encryption;
    private readonly List<PeerListener> _listeners;

    private LocalRanks(int worldSize, Transport transport, Encryption encryption, ILogger? logger)
    {
        _transport = transport;
        _encryption = encryption;
        _listeners = [.. Enumerable.Range(0, worldSize).Select(_ => PeerListener.Start(logger: logger))];
    }

    public List<ProcessGroup> Groups { get; } = [];

    public ProcessGroup this[int rank] => Groups[rank];

    /// <summary>What two ranks of a host can go over.</summary>
    public static TheoryData<Transport, Encryption> HostRoutes
    {
        get
        {
            var routes = new TheoryData<Transport, Encryption> { { Transport.Tcp, Encryption.Off }, { Transport.Tcp, Encryption.Tls } };
            if (!OperatingSystem.IsLinux())
                return routes;
            routes.Add(Transport.SharedMemory, Encryption.Off);
            routes.Add(Transport.SharedMemory, Encryption.Tls);
            return routes;
        }
    }

    public static LocalRanks Listen(
        int worldSize, Transport transport = Transport.Auto, Encryption encryption = Encryption.Off, ILogger? logger = null) => new(worldSize, transport, encryption, logger);

    public static async Task<LocalRanks> FormAsync(int worldSize, Transport transport = Transport.Auto, Encryption encryption = Encryption.Off)
    {
        LocalRanks ranks = Listen(worldSize, transport, encryption);
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
        Encryption = _encryption,
        FormTimeout = TimeSpan.FromSeconds(20),
        // Tests of silence set their own; in all others a rank that the machine lets wait is not lost.
        HeartbeatInterval = TimeSpan.FromSeconds(10),
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

using HealthGpt.Silo;

namespace HealthGpt.Cli.Demo;

/// <summary>The demo's silo processes. Disposing it ends them all, gracefully within a bound.</summary>
internal sealed class LocalSilos : IAsyncDisposable
{
    private static readonly TimeSpan StopBound = SiloProcess.StopBound + TimeSpan.FromSeconds(4);

    private readonly List<SiloChild> _children = [];

    public IReadOnlyList<SiloChild> Children => _children;

    public IEnumerable<SiloChild> Alive => _children.Where(child => !child.WasEnded && !child.HasExited);

    /// <summary>Starts the processes and waits until each is ready.</summary>
    public async Task StartAsync(DemoFolder folder, TimeSpan deadline, CancellationToken cancellationToken)
    {
        var ports = FreePorts.Take(DemoOptions.Silos * 2);
        for (var i = 0; i < DemoOptions.Silos; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var name = $"silo-{i + 1}";
            _children.Add(SiloChild.Start(ConfigurationOf(name, ports[2 * i], ports[(2 * i) + 1], folder), folder.SiloFolder(name)));
        }

        await WaitReadyAsync(deadline, cancellationToken);
    }

    /// <summary>Throws when a process ended that the demo did not end.</summary>
    public void DemandAlive()
    {
        if (_children.FirstOrDefault(child => child.HasExited && !child.WasEnded) is not { } dead)
            return;

        throw new CommandException(ExitCodes.Failed, $"{dead.Name} ended by itself", "no demo process may end before the demo does", $"its last lines follow; all of them are in '{dead.Configuration.LogFile}'")
        {
            Details = dead.Tail(),
        };
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_children.Select(child => child.StopAsync(StopBound)));
        _children.ForEach(child => child.Dispose());
    }

    private async Task WaitReadyAsync(TimeSpan deadline, CancellationToken cancellationToken)
    {
        var over = Task.Delay(deadline, cancellationToken);
        while (!over.IsCompleted && !_children.Any(child => child.Ready.IsFaulted))
        {
            var waiting = _children.Select(child => child.Ready).Where(ready => !ready.IsCompleted).ToArray();
            if (waiting.Length == 0)
                return;
            await Task.WhenAny([over, .. waiting]);
        }

        foreach (var child in _children.Where(child => child.Ready.IsFaulted))
            await child.Ready;
        cancellationToken.ThrowIfCancellationRequested();
        var late = _children.First(child => !child.Ready.IsCompleted);
        throw new CommandException(
            ExitCodes.Failed,
            $"{late.Name} is not ready",
            $"it did not join the cluster within {deadline.TotalSeconds:0} s",
            $"its last lines follow; all of them are in '{late.Configuration.LogFile}'")
        {
            Details = late.Tail(),
        };
    }

    private static SiloConfiguration ConfigurationOf(string name, int siloPort, int gatewayPort, DemoFolder folder) => new()
    {
        Name = name,
        ClusterFolder = folder.Cluster,
        SiloPort = siloPort,
        GatewayPort = gatewayPort,
        Devices = ["cpu:0"],
        CacheFolder = folder.Cache,
        Threads = 1,
        LogFile = Path.Combine(folder.SiloFolder(name), $"{name}.log"),
    };
}

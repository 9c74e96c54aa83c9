using HealthGpt.Silo;

namespace HealthGpt.Cli.Demo;

/// <summary>The demo's silo processes. Disposing it ends them all, gracefully within a bound.</summary>
/// <param name="takePorts">Picks ports that are free now.</param>
internal sealed class LocalSilos(Func<int, IReadOnlyList<int>> takePorts) : IAsyncDisposable
{
    /// <summary>How long the processes may take to end when they are asked to.</summary>
    public static readonly TimeSpan StopBound = SiloProcess.StopBound + TimeSpan.FromSeconds(4);

    private const int Restarts = 3;

    // Replaced as a whole: the memory sampler reads it from its own thread.
    private volatile SiloChild[] _children = [];

    public IReadOnlyList<SiloChild> Children => _children;

    public IEnumerable<SiloChild> Alive => _children.Where(child => !child.WasEnded && !child.HasExited);

    /// <summary>Starts the processes and waits until each is ready; where one is not in time, kills all.</summary>
    public async Task StartAsync(DemoFiles files, TimeSpan deadline, CancellationToken cancellationToken)
    {
        try
        {
            var ports = takePorts(DemoOptions.Silos * 2);
            for (var i = 0; i < DemoOptions.Silos; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                _children = [.. _children, Start(DemoOptions.SiloName(i + 1), ports[2 * i], ports[(2 * i) + 1], files)];
            }

            await WaitReadyAsync(files, deadline, cancellationToken);
        }
        catch
        {
            foreach (var child in _children)
                child.Kill();
            throw;
        }
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
        foreach (var child in _children)
            child.Dispose();
    }

    private async Task WaitReadyAsync(DemoFiles files, TimeSpan deadline, CancellationToken cancellationToken)
    {
        var over = Task.Delay(deadline, cancellationToken);
        var restarts = 0;
        while (!over.IsCompleted)
        {
            if (_children.FirstOrDefault(child => child.Ready.IsFaulted) is { } failed)
            {
                await RestartAsync(failed, restarts++, files);
                continue;
            }

            var waiting = _children.Select(child => child.Ready).Where(ready => !ready.IsCompleted).ToArray();
            if (waiting.Length == 0)
                return;
            await Task.WhenAny([over, .. waiting]);
        }

        cancellationToken.ThrowIfCancellationRequested();
        throw NotReady(_children.FirstOrDefault(child => !child.Ready.IsCompletedSuccessfully) ?? _children[0], deadline);
    }

    /// <summary>Ports are free when they are picked, and may be taken before the silo listens on them: then others are picked. Any other end is an error.</summary>
    private async Task RestartAsync(SiloChild failed, int restarts, DemoFiles files)
    {
        if (!failed.HasLostPort)
            await failed.Ready;
        if (restarts == Restarts)
            throw NoPort(failed);

        var ports = takePorts(2);
        _children = [.. _children.Select(child => child == failed ? Start(child.Name, ports[0], ports[1], files) : child)];
        failed.Dispose();
    }

    private static SiloChild Start(string name, int siloPort, int gatewayPort, DemoFiles files) => SiloChild.Start(
        new SiloConfiguration
        {
            Name = name,
            ClusterFolder = files.Cluster,
            SiloPort = siloPort,
            GatewayPort = gatewayPort,
            Devices = ["cpu:0"],
            CacheFolder = files.Cache,
            Threads = 1,
            LogFile = Path.Combine(files.SiloFolder(name), $"{name}.log"),
        },
        files.SiloFolder(name));

    private static CommandException NotReady(SiloChild late, TimeSpan deadline) => new(
        ExitCodes.Failed,
        $"{late.Name} is not ready",
        $"it did not join the cluster within {deadline.TotalSeconds:0} s",
        $"its last lines follow; all of them are in '{late.Configuration.LogFile}'")
    {
        Details = late.Tail(),
    };

    private static CommandException NoPort(SiloChild failed) => new(
        ExitCodes.Failed,
        $"{failed.Name} has no free port",
        $"other processes took its ports {Restarts + 1} times before it could listen, last {failed.Configuration.SiloPort} and {failed.Configuration.GatewayPort}",
        "end what takes so many ports on this machine and run the demo again")
    {
        Details = failed.Tail(),
    };
}

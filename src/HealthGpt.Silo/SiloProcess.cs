using System.Net;
using HealthGpt.Cluster.Devices;
using HealthGpt.Cluster.FolderCluster;
using HealthGpt.Cluster.Hosting;
using HealthGpt.Storage.Locations;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Hosting;

namespace HealthGpt.Silo;

/// <summary>One silo from start to stop.</summary>
public static class SiloProcess
{
    /// <summary>The cluster and service id of every silo and client.</summary>
    public const string ClusterId = "healthgpt";

    /// <summary>How long a graceful stop may take before the silo leaves without ceremony.</summary>
    public static readonly TimeSpan StopBound = TimeSpan.FromSeconds(6);

    /// <summary>
    /// Joins the cluster, prints the ready line (<see cref="SiloReady"/>) to <paramref name="output"/> and serves until the token is cancelled, then leaves
    /// gracefully within <see cref="StopBound"/>.
    /// </summary>
    /// <exception cref="PortInUseException">One of its ports is taken; nothing was joined.</exception>
    public static async Task RunAsync(SiloConfiguration configuration, TextWriter output, CancellationToken cancellationToken)
    {
        PortCheck.DemandFree(configuration);
        // Whatever in this process reads pictures or writes checkpoints asks the environment.
        if (configuration.StorageConnectionString is { } storage) Environment.SetEnvironmentVariable(StorageAccess.Variable, storage);
        Directory.CreateDirectory(configuration.ClusterFolder);
        Directory.CreateDirectory(configuration.CacheFolder);
        using var log = new FileLoggerProvider(configuration.LogFile);
        using var host = Build(configuration, log);
        await host.StartAsync(cancellationToken);
        await output.WriteLineAsync(ReadyLine(configuration));
        await output.FlushAsync(CancellationToken.None);
        await WaitForStopAsync(host.Services.GetRequiredService<IHostApplicationLifetime>(), cancellationToken);
        await StopAsync(host);
    }

    private static IHost Build(SiloConfiguration configuration, FileLoggerProvider log)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        // Of Orleans' many steps only joining and leaving are worth a line: the log's tail is what a person sees of a silo that fails.
        builder.Logging.ClearProviders().AddProvider(log).SetMinimumLevel(LogLevel.Information)
            .AddFilter("Orleans", LogLevel.Warning)
            .AddFilter("Orleans.Hosting", LogLevel.Information)
            .AddFilter("Orleans.Runtime.MembershipService.MembershipAgent", LogLevel.Information);
        // The caller owns the signals; the host's own lifetime would take them away and write to the console.
        builder.Services.AddSingleton<IHostLifetime, CallerLifetime>();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = StopBound);
        builder.UseOrleans(silo => Configure(silo, configuration));
        return builder.Build();
    }

    private static void Configure(ISiloBuilder silo, SiloConfiguration configuration)
    {
        silo.Configure<SiloOptions>(options => options.SiloName = configuration.Name);
        silo.Configure<ClusterOptions>(options => options.ClusterId = options.ServiceId = ClusterId);
        silo.Configure<EndpointOptions>(options =>
        {
            options.AdvertisedIPAddress = IPAddress.Loopback;
            options.SiloPort = configuration.SiloPort;
            options.GatewayPort = configuration.GatewayPort;
        });
        silo.UseFolderCluster(configuration.ClusterFolder);
        silo.AddHealthGpt(new SiloDevices
        {
            SiloName = configuration.Name,
            Devices = configuration.Devices,
            CacheFolder = configuration.CacheFolder,
            Threads = configuration.Threads,
        });
    }

    private static string ReadyLine(SiloConfiguration configuration) => new SiloReady
    {
        Name = configuration.Name,
        ProcessId = Environment.ProcessId,
        SiloPort = configuration.SiloPort,
        GatewayPort = configuration.GatewayPort,
        Log = configuration.LogFile,
    }.ToLine();

    private static async Task WaitForStopAsync(IHostApplicationLifetime lifetime, CancellationToken cancellationToken)
    {
        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var asked = cancellationToken.Register(() => stop.TrySetResult());
        await using var ended = lifetime.ApplicationStopping.Register(() => stop.TrySetResult());
        await stop.Task;
    }

    private static async Task StopAsync(IHost host)
    {
        using var bound = new CancellationTokenSource(StopBound);
        try
        {
            await host.StopAsync(bound.Token);
        }
        catch (OperationCanceledException)
        {
            // The bound is over: the others see the silo's death by its closed connections.
        }
    }
}

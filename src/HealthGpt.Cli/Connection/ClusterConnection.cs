using HealthGpt.Cluster.FolderCluster;
using HealthGpt.Silo;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;

namespace HealthGpt.Cli.Connection;

/// <summary>
/// A client of a folder cluster that outlives any gateway: a call that fails on the way is tried again, after a few failures over a fresh client that
/// reads the gateway list anew. Only calls that may be repeated go through it.
/// </summary>
internal sealed class ClusterConnection(string folder, string? logFile) : IAsyncDisposable
{
    private static readonly TimeSpan AttemptBound = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(300);
    private const int FailuresBeforeFreshClient = 3;

    private readonly SemaphoreSlim _opening = new(1, 1);
    private FileLoggerProvider? _log;
    private IHost? _host;
    private int _failures;

    /// <summary>Calls the cluster until the call succeeds, fails for its own reasons, or the deadline is over.</summary>
    public async Task<T> CallAsync<T>(Func<IGrainFactory, CancellationToken, Task<T>> call, TimeSpan deadline, CancellationToken cancellationToken)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bound.CancelAfter(deadline);
        Exception? last = null;
        while (!bound.IsCancellationRequested)
        {
            try
            {
                var grains = await GrainsAsync(bound.Token);
                var answer = await call(grains, bound.Token);
                _failures = 0;
                return answer;
            }
            catch (Exception exception) when (IsTransient(exception) && !cancellationToken.IsCancellationRequested)
            {
                last = exception;
                if (Interlocked.Increment(ref _failures) % FailuresBeforeFreshClient == 0)
                    await CloseAsync();
            }

            await Task.WhenAny(Task.Delay(Pause, bound.Token));
        }

        cancellationToken.ThrowIfCancellationRequested();
        throw new CommandException(
            ExitCodes.Failed,
            $"the cluster in '{folder}' does not answer",
            $"no silo replied within {deadline.TotalSeconds:0} s{(last is null ? "" : $" ({last.GetType().Name}: {FirstLine(last.Message)})")}",
            "check that its silos run and that the folder is theirs",
            last);
    }

    /// <summary>A short call: each attempt has a bound of its own, because a request that was on its way to a dead silo is never answered.</summary>
    public Task<T> AskAsync<T>(Func<IGrainFactory, CancellationToken, Task<T>> call, TimeSpan deadline, CancellationToken cancellationToken) =>
        CallAsync((grains, token) => call(grains, token).WaitAsync(AttemptBound, token), deadline, cancellationToken);

    /// <summary>Connects, so that a cluster that is gone is told sooner than a slow answer would be.</summary>
    public Task ReachAsync(TimeSpan deadline, CancellationToken cancellationToken) => CallAsync((_, _) => Task.FromResult(true), deadline, cancellationToken);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        _log?.Dispose();
        _opening.Dispose();
    }

    private async Task<IGrainFactory> GrainsAsync(CancellationToken cancellationToken)
    {
        await _opening.WaitAsync(cancellationToken);
        try
        {
            if (_host is null)
            {
                var host = Build();
                try
                {
                    await host.StartAsync(cancellationToken);
                }
                catch
                {
                    host.Dispose();
                    throw;
                }

                _host = host;
            }

            return _host.Services.GetRequiredService<IGrainFactory>();
        }
        finally
        {
            _opening.Release();
        }
    }

    private async Task CloseAsync()
    {
        await _opening.WaitAsync();
        try
        {
            if (Interlocked.Exchange(ref _host, null) is not { } host)
                return;

            using var bound = new CancellationTokenSource(TimeSpan.FromSeconds(2));
            try
            {
                await host.StopAsync(bound.Token);
            }
            catch (Exception)
            {
                // The cluster may be gone; there is nobody to say goodbye to.
            }

            host.Dispose();
        }
        finally
        {
            _opening.Release();
        }
    }

    private IHost Build()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.ClearProviders();
        if (logFile is not null)
            builder.Logging.AddProvider(_log ??= new FileLoggerProvider(logFile)).SetMinimumLevel(LogLevel.Information);
        builder.Services.AddSingleton<IHostLifetime, CallerLifetime>();
        builder.UseOrleansClient(client =>
        {
            client.Configure<ClusterOptions>(options => options.ClusterId = options.ServiceId = SiloProcess.ClusterId);
            client.UseFolderCluster(folder);
            client.UseConnectionRetryFilter<GatewayRetry>();
            client.Configure<GatewayOptions>(options => options.GatewayListRefreshPeriod = TimeSpan.FromSeconds(2));
        });
        return builder.Build();
    }

    // A disposed client is one that another call of this connection has just replaced; an aborted enumeration is an answer whose silo ended.
    private static bool IsTransient(Exception exception) =>
        exception is TimeoutException or OrleansException or EnumerationAbortedException or IOException or OperationCanceledException or System.Net.Sockets.SocketException or ObjectDisposedException;

    private static string FirstLine(string text) => text.AsSpan().IndexOf('\n') is var end and >= 0 ? text[..end].TrimEnd() : text;
}

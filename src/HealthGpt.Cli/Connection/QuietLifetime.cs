using Microsoft.Extensions.Hosting;

namespace HealthGpt.Cli.Connection;

/// <summary>A host lifetime that leaves signals and the console to the command.</summary>
internal sealed class QuietLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

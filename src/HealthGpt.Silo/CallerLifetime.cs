using Microsoft.Extensions.Hosting;

namespace HealthGpt.Silo;

/// <summary>A host lifetime that leaves signals and the console to whoever runs the host.</summary>
public sealed class CallerLifetime : IHostLifetime
{
    /// <inheritdoc />
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

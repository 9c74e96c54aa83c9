using Microsoft.Extensions.Hosting;

namespace HealthGpt.Silo;

/// <summary>A host lifetime that leaves signals to whoever runs the host.</summary>
internal sealed class CallerLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

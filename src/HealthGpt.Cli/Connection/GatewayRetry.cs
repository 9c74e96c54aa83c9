using Orleans;

namespace HealthGpt.Cli.Connection;

/// <summary>Keeps trying to reach a gateway while somebody waits: the list may name a silo that has just died, or none yet.</summary>
internal sealed class GatewayRetry : IClientConnectionRetryFilter
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(300);

    public async Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return false;

        await Task.Delay(Pause, cancellationToken);
        return true;
    }
}

using System.Diagnostics;

namespace HealthGpt.EndToEnd.Tests.Processes;

/// <summary>Waits for a condition, never longer than a bound.</summary>
internal static class Poll
{
    public static async Task UntilAsync(Func<bool> condition, TimeSpan bound, Func<string> otherwise, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        while (!condition())
        {
            if (clock.Elapsed > bound)
                Assert.Fail($"after {bound}: {otherwise()}");
            await Task.Delay(50, cancellationToken);
        }
    }
}

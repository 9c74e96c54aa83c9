using Xunit;

namespace HealthGpt.Cluster.Tests;

/// <summary>Waits for what a cluster will do in its own time, with a deadline that names what did not come.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    public static async Task<T> BecomesAsync<T>(Func<Task<T>> read, Func<T, bool> condition, string what)
    {
        using var timer = new PeriodicTimer(Pause);
        var end = DateTime.UtcNow + Deadline;
        T value;
        do
        {
            value = await read();
            if (condition(value)) return value;

            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
        while (DateTime.UtcNow < end);

        Assert.Fail($"Within {Deadline.TotalSeconds} s {what} did not happen; the last value was {value}.");
        return value;
    }
}

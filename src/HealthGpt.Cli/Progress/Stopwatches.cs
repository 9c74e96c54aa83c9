using System.Diagnostics;

namespace HealthGpt.Cli.Progress;

/// <summary>How long each part of a verb took.</summary>
internal sealed class Stopwatches
{
    private readonly Stopwatch _total = Stopwatch.StartNew();
    private readonly Dictionary<string, double> _seconds = [];

    public async Task<T> MeasureAsync<T>(string part, Func<Task<T>> work)
    {
        var clock = Stopwatch.StartNew();
        var result = await work();
        _seconds[part] = Math.Round(clock.Elapsed.TotalSeconds, 2);
        return result;
    }

    public Task MeasureAsync(string part, Func<Task> work) => MeasureAsync(part, async () =>
    {
        await work();
        return true;
    });

    public IReadOnlyDictionary<string, double> Seconds => new Dictionary<string, double>(_seconds) { ["total"] = Math.Round(_total.Elapsed.TotalSeconds, 2) };
}

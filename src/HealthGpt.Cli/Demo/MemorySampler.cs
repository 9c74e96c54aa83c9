using System.Globalization;
using HealthGpt.Cli.Demo.Results;

namespace HealthGpt.Cli.Demo;

/// <summary>Samples the memory of all processes of the demo while it runs.</summary>
internal sealed class MemorySampler : IAsyncDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly Func<IEnumerable<int>> _processes;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _sampling;
    private PeakMemory _peak = new() { ResidentBytes = 0, Processes = 0 };

    public MemorySampler(Func<IEnumerable<int>> processes)
    {
        _processes = processes;
        _sampling = Task.Run(SampleAsync);
    }

    public PeakMemory Peak => Volatile.Read(ref _peak);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _sampling;
        _stop.Dispose();
    }

    private async Task SampleAsync()
    {
        using var timer = new PeriodicTimer(Period);
        try
        {
            do
            {
                Sample();
            }
            while (await timer.WaitForNextTickAsync(_stop.Token));
        }
        catch (OperationCanceledException)
        {
            // The demo is over.
        }
    }

    private void Sample()
    {
        int[] ids = [.. _processes()];
        var resident = ids.Sum(id => ValueOf(id, "status", "VmRSS:") ?? 0);
        var proportional = ids.Select(id => ValueOf(id, "smaps_rollup", "Pss:")).Where(value => value is not null).Sum();
        var peak = Peak;
        Volatile.Write(ref _peak, new PeakMemory
        {
            ResidentBytes = Math.Max(peak.ResidentBytes, resident),
            ProportionalBytes = proportional > 0 ? Math.Max(peak.ProportionalBytes ?? 0, proportional.Value) : peak.ProportionalBytes,
            Processes = Math.Max(peak.Processes, ids.Length),
        });
    }

    private static long? ValueOf(int process, string file, string key)
    {
        try
        {
            var line = File.ReadLines($"/proc/{process}/{file}").FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal));
            var kilobytes = line?[key.Length..].Replace("kB", "", StringComparison.Ordinal).Trim();
            return long.TryParse(kilobytes, NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) ? value * 1024 : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It has ended meanwhile, or the system keeps no such file.
            return null;
        }
    }
}

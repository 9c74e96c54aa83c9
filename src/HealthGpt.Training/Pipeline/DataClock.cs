using System.Diagnostics;

namespace HealthGpt.Training.Pipeline;

/// <summary>
/// The time that the device thread spends on data: it waits for the next micro-batch, or does itself what was not done ahead (reading, decoding, preparing,
/// tokenising, padding, reading and writing the feature cache). The vision tower, the image tokenizer and copies into tensors are arithmetic and do not count.
/// For one thread.
/// </summary>
internal sealed class DataClock
{
    private long _ticks;
    private bool _running;

    /// <summary>The time so far.</summary>
    public TimeSpan Total => Stopwatch.GetElapsedTime(0, _ticks);

    /// <summary>Counts the time of what is done here.</summary>
    public void Measure(Action work) => Measure(() =>
    {
        work();
        return true;
    });

    /// <summary>Counts the time of what is done here.</summary>
    public T Measure<T>(Func<T> work)
    {
        if (_running) return work();
        var started = Stopwatch.GetTimestamp();
        _running = true;
        try
        {
            return work();
        }
        finally
        {
            _running = false;
            _ticks += Stopwatch.GetTimestamp() - started;
        }
    }
}

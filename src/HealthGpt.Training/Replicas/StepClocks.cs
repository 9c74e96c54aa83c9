using System.Diagnostics;

namespace HealthGpt.Training.Replicas;

/// <summary>Takes a step's times from clocks that run on.</summary>
/// <param name="read">Reads them.</param>
internal sealed class StepClocks(Func<StepTimes> read)
{
    private long _started;
    private StepTimes _before;

    public void Start() => (_started, _before) = (Stopwatch.GetTimestamp(), read());

    /// <summary>A step's record with the times since <see cref="Start"/>.</summary>
    public StepRecord Stop(StepRecord step)
    {
        var parts = read() - _before;
        return step with
        {
            Seconds = Stopwatch.GetElapsedTime(_started).TotalSeconds,
            DataSeconds = parts.Data.TotalSeconds,
            ForwardSeconds = parts.Forward.TotalSeconds,
            BackwardSeconds = parts.Backward.TotalSeconds,
            ExchangeSeconds = parts.Exchange.TotalSeconds,
        };
    }
}

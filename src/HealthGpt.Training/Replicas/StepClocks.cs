using System.Diagnostics;

namespace HealthGpt.Training.Replicas;

/// <summary>Takes a step's times from clocks that run on.</summary>
/// <param name="read">Reads them.</param>
internal sealed class StepClocks(Func<StepTimes> read)
{
    private long _started;
    private StepTimes _before;

    public void Start() => (_started, _before) = (Stopwatch.GetTimestamp(), read());

    /// <summary>The whole step's time and its parts'.</summary>
    public (TimeSpan All, StepTimes Parts) Stop() => (Stopwatch.GetElapsedTime(_started), read() - _before);
}

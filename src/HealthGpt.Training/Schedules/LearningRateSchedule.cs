namespace HealthGpt.Training.Schedules;

/// <summary>The learning rate's factor at each step of a phase: a pure function, so that a resumed phase goes on where it was.</summary>
/// <param name="Kind">Shape.</param>
/// <param name="WarmupSteps">Steps of the rise; a constant schedule has none.</param>
/// <param name="Steps">Steps of the phase.</param>
public readonly record struct LearningRateSchedule(ScheduleKind Kind, int WarmupSteps, int Steps)
{
    /// <summary>The factor of the peak learning rate.</summary>
    /// <param name="step">Step within the phase, from 0.</param>
    /// <returns>Between 0 (exclusive) and 1.</returns>
    public double FactorAt(int step)
    {
        if (Kind == ScheduleKind.Constant) return 1;
        if (step < WarmupSteps) return (step + 1.0) / WarmupSteps;
        if (Kind == ScheduleKind.Warmup) return 1;
        // Steps + 1 in the denominator keeps the last step from being a step of length zero.
        var progress = (step - WarmupSteps + 1.0) / (Steps - WarmupSteps + 1.0);
        return Kind == ScheduleKind.Cosine ? 0.5 * (1 + Math.Cos(Math.PI * progress)) : 1 - progress;
    }
}

namespace HealthGpt.Training.Schedules;

/// <summary>Shape of the learning rate over a phase.</summary>
public enum ScheduleKind
{
    /// <summary>The peak from the first step to the last.</summary>
    Constant,

    /// <summary>Rises to the peak, then stays.</summary>
    Warmup,

    /// <summary>Rises to the peak, then falls to zero along half a cosine.</summary>
    Cosine,

    /// <summary>Rises to the peak, then falls to zero in a straight line.</summary>
    Linear,
}

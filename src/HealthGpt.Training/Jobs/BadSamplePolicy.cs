namespace HealthGpt.Training.Jobs;

/// <summary>What happens to a sample that cannot be used.</summary>
public enum BadSamplePolicy
{
    /// <summary>It is left out and listed.</summary>
    Skip,

    /// <summary>The job fails and names it.</summary>
    Stop,
}

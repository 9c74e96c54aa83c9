namespace HealthGpt.Training.Jobs;

/// <summary>Number format of forward and backward passes. Trained weights and sums stay float32 in either.</summary>
public enum ComputePrecision
{
    /// <summary>32-bit floats.</summary>
    Full,

    /// <summary>16-bit brain floats.</summary>
    BFloat16,
}

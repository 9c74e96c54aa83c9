namespace HealthGpt.Training.Jobs;

/// <summary>Whose published settings fill in what a job leaves out.</summary>
public enum ModelPreset
{
    /// <summary>HealthGPT-M3's settings.</summary>
    M3,

    /// <summary>HealthGPT-L14's settings.</summary>
    L14,

    /// <summary>The published settings scaled to the small model of the quick start.</summary>
    Nano,
}

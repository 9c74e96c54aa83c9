namespace HealthGpt.Model.Presets;

/// <summary>A published model: it names parts and defaults, every size comes from the parts' own files.</summary>
public enum ModelPreset
{
    /// <summary>HealthGPT-M3.</summary>
    M3,

    /// <summary>HealthGPT-L14.</summary>
    L14,

    /// <summary>HealthGPT-XL32.</summary>
    Xl32,

    /// <summary>The small model of the quick start.</summary>
    Nano,
}

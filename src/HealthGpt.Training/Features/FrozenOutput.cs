namespace HealthGpt.Training.Features;

/// <summary>What a frozen part makes of a picture.</summary>
internal enum FrozenOutput
{
    /// <summary>Features of the vision tower's last layer but one.</summary>
    AbstractFeatures,

    /// <summary>Features of its first layer.</summary>
    ConcreteFeatures,

    /// <summary>Code indices of the image tokenizer.</summary>
    Codes,
}

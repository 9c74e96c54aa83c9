namespace HealthGpt.Training.Jobs;

/// <summary>AdamW's numbers.</summary>
public sealed record OptimizerSettings
{
    /// <summary>Decay of the gradient's running mean.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the squared gradient's running mean.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Added to the denominator.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Decoupled weight decay.</summary>
    public double WeightDecay { get; init; }

    /// <summary>Largest norm of the whole gradient; a longer one is scaled down to it. Null does not clip.</summary>
    public double? ClipNorm { get; init; } = 1.0;
}

namespace HealthGpt.Training.Jobs;

/// <summary>Peak learning rate of each group of weights a phase trains; null for a group it freezes.</summary>
public sealed record LearningRates
{
    /// <summary>Of the adapter between vision tower and decoder.</summary>
    public double? Adapter { get; init; }

    /// <summary>Of the H-LoRA.</summary>
    public double? HLora { get; init; }

    /// <summary>Of embedding and head.</summary>
    public double? Vocabulary { get; init; }

    /// <summary>The largest of them, the one a progress line shows.</summary>
    public double Largest => Math.Max(Adapter ?? 0, Math.Max(HLora ?? 0, Vocabulary ?? 0));
}

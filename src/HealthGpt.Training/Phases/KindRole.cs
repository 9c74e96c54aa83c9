namespace HealthGpt.Training.Phases;

/// <summary>What samples of one kind run through in a phase, and what of it is trained.</summary>
internal sealed record KindRole
{
    /// <summary>Prefix of the adapter's weights.</summary>
    public required string Adapter { get; init; }

    /// <summary>Whether the adapter is trained.</summary>
    public bool TrainsAdapter { get; init; }

    /// <summary>Prefix of the H-LoRA's weights; null where samples run through the base alone.</summary>
    public string? HLora { get; init; }

    /// <summary>Whether the H-LoRA is trained.</summary>
    public bool TrainsHLora { get; init; }

    /// <summary>The H-LoRA's scale numerator.</summary>
    public double Alpha { get; init; }
}

namespace HealthGpt.Model.Decoder;

/// <summary>What a field means where a config.json leaves it out: the defaults of transformers' Phi3Config and Qwen2Config, by which published files are read elsewhere.</summary>
internal sealed record FamilyDefaults
{
    /// <summary>Base of the rotary embedding.</summary>
    public double RopeTheta { get; } = 10000;

    /// <summary>Epsilon of RMSNorm.</summary>
    public required double NormEpsilon { get; init; }

    /// <summary>The longest sequence.</summary>
    public required int MaxPositions { get; init; }

    /// <summary>Key and value heads; null for as many as heads.</summary>
    public int? KeyValueHeads { get; init; }

    /// <summary>The sliding window; null for none.</summary>
    public int? SlidingWindow { get; init; }

    /// <summary>Layers below those that have the window, where a configuration can switch it; null where it holds for all.</summary>
    public int? WindowlessLayers { get; init; }

    /// <summary>Those of a family.</summary>
    public static FamilyDefaults Of(DecoderFamily family) => family == DecoderFamily.Phi3
        ? new() { NormEpsilon = 1e-5, MaxPositions = 4096 }
        : new() { NormEpsilon = 1e-6, MaxPositions = 32768, KeyValueHeads = 32, SlidingWindow = 4096, WindowlessLayers = 28 };
}

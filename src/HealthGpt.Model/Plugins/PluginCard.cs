namespace HealthGpt.Model.Plugins;

/// <summary>plugin.json: what a plugin folder's weights are.</summary>
public sealed record PluginCard
{
    /// <summary>The task's name.</summary>
    public required string Task { get; init; }

    /// <summary>Whether it reads or draws.</summary>
    public required PluginKind Kind { get; init; }

    /// <summary>The prompt of a request that brings none.</summary>
    public string? Prompt { get; init; }

    /// <summary>R.</summary>
    public required int Rank { get; init; }

    /// <summary>The numerator of the H-LoRA scale.</summary>
    public required double Alpha { get; init; }

    /// <summary>E.</summary>
    public required int Experts { get; init; }

    /// <summary>SHA-256 of the base's manifest entry it was trained on, lower-case hexadecimal.</summary>
    public required string BaseSha256 { get; init; }

    /// <summary>The job that trained it.</summary>
    public string? Job { get; init; }

    /// <summary>The job's step it was taken at.</summary>
    public long? Step { get; init; }
}

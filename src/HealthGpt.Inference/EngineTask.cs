using HealthGpt.Data.Samples;

namespace HealthGpt.Inference;

/// <summary>A task the engine has a plugin for.</summary>
public sealed record EngineTask
{
    /// <summary>The task's name, which a request gives.</summary>
    public required string Task { get; init; }

    /// <summary>Whether it answers with text or with an image.</summary>
    public required TaskKind Kind { get; init; }

    /// <summary>What a request with an empty question asks, or null if it must ask itself.</summary>
    public string? DefaultPrompt { get; init; }
}

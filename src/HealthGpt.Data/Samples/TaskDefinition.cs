namespace HealthGpt.Data.Samples;

/// <summary>A task of a dataset.</summary>
public sealed record TaskDefinition
{
    /// <summary>The task's name.</summary>
    public required string Name { get; init; }

    /// <summary>What its answers are.</summary>
    public required TaskKind Kind { get; init; }

    /// <summary>The question where a sample or a request has none; null where each must bring its own.</summary>
    public string? Prompt { get; init; }
}

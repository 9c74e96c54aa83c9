namespace HealthGpt.Cluster.Abstractions.Serving;

/// <summary>A task that requests may name.</summary>
[GenerateSerializer, Immutable]
public sealed record ServedTask
{
    /// <summary>The task's name.</summary>
    [Id(0)]
    public required string Task { get; init; }

    /// <summary><c>comprehension</c> answers in words, <c>generation</c> with an image.</summary>
    [Id(1)]
    public required string Kind { get; init; }

    /// <summary>The plugin that serves it.</summary>
    [Id(2)]
    public required string Plugin { get; init; }

    /// <summary>What is asked when a request has no words of its own, or null if it must have some.</summary>
    [Id(3)]
    public string? DefaultPrompt { get; init; }
}

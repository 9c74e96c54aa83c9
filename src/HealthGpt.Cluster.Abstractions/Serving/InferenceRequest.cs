namespace HealthGpt.Cluster.Abstractions.Serving;

/// <summary>A question to the model.</summary>
[GenerateSerializer, Immutable]
public sealed record InferenceRequest
{
    /// <summary>The task, one of those that the catalog lists.</summary>
    [Id(0)]
    public required string Task { get; init; }

    /// <summary>The question in words.</summary>
    [Id(1)]
    public required string Question { get; init; }

    /// <summary>Image files (PNG or JPEG) that the question is about.</summary>
    [Id(2)]
    public IReadOnlyList<byte[]> Images { get; init; } = [];

    /// <summary>The most tokens of an answer, or null for the engine's own limit.</summary>
    [Id(3)]
    public int? MaxTokens { get; init; }
}

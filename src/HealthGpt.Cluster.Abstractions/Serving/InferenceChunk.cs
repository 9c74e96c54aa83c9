namespace HealthGpt.Cluster.Abstractions.Serving;

/// <summary>A piece of an answer.</summary>
[GenerateSerializer, Immutable]
public sealed record InferenceChunk
{
    /// <summary>The words that this piece adds.</summary>
    [Id(0)]
    public string Text { get; init; } = "";

    /// <summary>Tokens of the answer so far.</summary>
    [Id(1)]
    public int Tokens { get; init; }

    /// <summary>The drawn image, in the last piece of a generation task's answer.</summary>
    [Id(2)]
    public byte[]? ImagePng { get; init; }

    /// <summary>In the last piece: <c>stop</c>, or <c>length</c> if the answer was cut at its most tokens.</summary>
    [Id(3)]
    public string? Finish { get; init; }
}

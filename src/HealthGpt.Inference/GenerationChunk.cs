namespace HealthGpt.Inference;

/// <summary>A piece of an answer.</summary>
public sealed record GenerationChunk
{
    /// <summary>The text since the last chunk, whole characters only; empty in image answers.</summary>
    public string Text { get; init; } = "";

    /// <summary>Tokens of the answer so far.</summary>
    public required int Tokens { get; init; }

    /// <summary>The drawn image as a PNG file: in the last chunk of an image answer, else null.</summary>
    public byte[]? ImagePng { get; init; }

    /// <summary>Why the answer ended: in the last chunk, else null.</summary>
    public FinishReason? Finish { get; init; }
}

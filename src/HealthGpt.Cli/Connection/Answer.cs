namespace HealthGpt.Cli.Connection;

/// <summary>One request's whole answer.</summary>
internal sealed record Answer
{
    /// <summary>The text; empty for a drawn image.</summary>
    public required string Text { get; init; }

    /// <summary>Tokens of the answer.</summary>
    public required int Tokens { get; init; }

    /// <summary>The drawn image as PNG, or null.</summary>
    public byte[]? ImagePng { get; init; }

    /// <summary>Why it ended.</summary>
    public string? Finish { get; init; }

    /// <summary>From the question to the last token.</summary>
    public required double Seconds { get; init; }

    /// <summary>What loading the model took, where it was loaded for this answer alone.</summary>
    public double? LoadSeconds { get; init; }
}

namespace HealthGpt.Cli.Demo.Results;

/// <summary>An image the model drew for a held-out slice, and its likeness to the truth next to figures that say what the likeness is worth.</summary>
internal sealed record DrawnImage
{
    public required string Task { get; init; }

    public required string Input { get; init; }

    public required string Truth { get; init; }

    /// <summary>Of the drawn image.</summary>
    public required Likeness Drawn { get; init; }

    /// <summary>Of the input, enlarged to the truth's size by bicubic interpolation where it is smaller.</summary>
    public required Likeness OfInput { get; init; }

    /// <summary>Of the truth itself after the image tokenizer encoded and decoded it: no drawn image can pass it by more than chance.</summary>
    public required Likeness TokenizerCeiling { get; init; }

    /// <summary>Of the truth of another held-out slice.</summary>
    public required Likeness OfAnotherSlice { get; init; }

    public required double Seconds { get; init; }
}

namespace HealthGpt.Data.Images;

/// <summary>How image files become pictures of 8 bits.</summary>
public sealed record ImageReadOptions
{
    /// <summary>What is black and what is white in a 16-bit grey PNG; null for the percentiles of the picture. Of no effect on 8-bit files.</summary>
    public IntensityWindow? Window { get; init; }

    /// <summary>The most pixels that are decoded, so that a few bytes cannot ask for all memory; 8192 x 8192 by default.</summary>
    public int MaximumPixels { get; init; } = 1 << 26;

    /// <summary>The most pixels of a side, so that a line of pixels cannot ask for a square of them or for all time; 16384 by default.</summary>
    public int MaximumSide { get; init; } = 1 << 14;
}

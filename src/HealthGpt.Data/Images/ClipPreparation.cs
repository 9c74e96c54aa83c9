namespace HealthGpt.Data.Images;

/// <summary>Prepares a picture for the vision tower: padded to a square in the mean colour, resized (bicubic), normalised.</summary>
public sealed record ClipPreparation
{
    /// <summary>Pixels of a side of the tower's input; at least 1.</summary>
    public int Size { get; init; } = 336;

    /// <summary>Mean of red, green and blue, of 1; also the colour of the padding.</summary>
    public IReadOnlyList<float> Mean { get; init; } = [0.48145466f, 0.4578275f, 0.40821073f];

    /// <summary>Standard deviation of red, green and blue, of 1.</summary>
    public IReadOnlyList<float> Std { get; init; } = [0.26862954f, 0.26130258f, 0.27577711f];

    /// <summary>Threads that a large picture may be resized on; every processor by default.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Prepares one picture.</summary>
    /// <param name="image">The picture, of any size.</param>
    /// <returns>3 x Size x Size values, channel by channel, rows from the top.</returns>
    public float[] Prepare(RgbImage image) =>
        PixelValues.Spread(Resampling.Resize(image, Frame(image), Size, Size, ResampleFilter.Bicubic, Threads), Normalise);

    private float Normalise(int channel, byte value) => ((value * (1f / 255f)) - Mean[channel]) / Std[channel];

    private ImageFrame Frame(RgbImage image) => ImageFrame.Square(image, Padding(0), Padding(1), Padding(2));

    // Cut to a whole number as the reference does.
    private byte Padding(int channel) => (byte)(Mean[channel] * 255);
}

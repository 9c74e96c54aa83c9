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

    /// <summary>Prepares one picture.</summary>
    /// <param name="image">The picture, of any size.</param>
    /// <returns>3 x Size x Size values, channel by channel, rows from the top.</returns>
    public float[] Prepare(RgbImage image)
    {
        var square = Resampling.Resize(PadToSquare(image), Size, Size, ResampleFilter.Bicubic);
        var area = Size * Size;
        var values = new float[3 * area];
        for (var channel = 0; channel < 3; channel++)
        {
            float mean = Mean[channel], deviation = Std[channel];
            for (var i = 0; i < area; i++)
                values[(channel * area) + i] = ((square.Pixels[(i * 3) + channel] * (1f / 255f)) - mean) / deviation;
        }

        return values;
    }

    /// <summary>Puts a picture into the middle of a square of the mean colour, each part of it cut to a whole number as the reference does.</summary>
    /// <param name="image">The picture; a square one is given back as it is.</param>
    /// <returns>A square of the longer side.</returns>
    public RgbImage PadToSquare(RgbImage image)
    {
        if (image.Width == image.Height)
            return image;
        var side = Math.Max(image.Width, image.Height);
        int left = (side - image.Width) / 2, top = (side - image.Height) / 2;
        var pixels = new byte[side * side * 3];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)(Mean[i % 3] * 255);
        var rowLength = image.Width * 3;
        for (var y = 0; y < image.Height; y++)
            image.Pixels.AsSpan(y * rowLength, rowLength).CopyTo(pixels.AsSpan((((top + y) * side) + left) * 3));
        return new RgbImage(side, side, pixels);
    }
}

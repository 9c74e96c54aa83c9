namespace HealthGpt.Data.Images;

/// <summary>Brings a picture to the image tokenizer and its output back to a picture.</summary>
public static class TokenizerPreparation
{
    /// <summary>Resizes (Lanczos) to a square and scales 0..255 to -1..1.</summary>
    /// <param name="image">The picture; other shapes than a square are stretched.</param>
    /// <param name="size">Pixels of a side.</param>
    /// <param name="threads">Threads that a large picture may be resized on; null for every processor.</param>
    /// <returns>3 x size x size values, channel by channel, rows from the top.</returns>
    public static float[] Prepare(RgbImage image, int size, int? threads = null) =>
        PixelValues.Spread(
            Resampling.Resize(image, ImageFrame.Around(image), size, size, ResampleFilter.Lanczos, threads ?? Environment.ProcessorCount), (_, value) => (value / 255f * 2f) - 1f);

    /// <summary>Turns what the image tokenizer decoded into a picture: clamped to -1..1, scaled to 0..255, cut to whole numbers as the reference does.</summary>
    /// <param name="chw">3 x size x size values, channel by channel.</param>
    /// <param name="size">Pixels of a side.</param>
    /// <returns>The picture.</returns>
    public static RgbImage FromModel(ReadOnlySpan<float> chw, int size)
    {
        var area = size * size;
        if (chw.Length != 3 * area)
            throw new ArgumentException($"a picture of {size} x {size} needs {3 * area} values, not {chw.Length}", nameof(chw));
        var pixels = new byte[3 * area];
        for (var i = 0; i < area; i++)
        {
            for (var channel = 0; channel < 3; channel++)
                pixels[(i * 3) + channel] = ToByte(chw[(channel * area) + i]);
        }

        return new RgbImage(size, size, pixels);
    }

    // A value that is no number becomes 0: Clamp lets it through and the cast would be undefined.
    private static byte ToByte(float value) => float.IsNaN(value) ? (byte)0 : (byte)((Math.Clamp(value, -1f, 1f) + 1f) / 2f * 255f);
}

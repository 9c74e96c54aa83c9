namespace HealthGpt.Data.Images;

/// <summary>Turns interleaved bytes into one plane of numbers a channel.</summary>
internal static class PixelValues
{
    /// <param name="image">The picture.</param>
    /// <param name="valueOf">The number for a channel's byte.</param>
    /// <returns>3 x height x width numbers, channel by channel, rows from the top.</returns>
    public static float[] Spread(RgbImage image, Func<int, byte, float> valueOf)
    {
        var area = image.Width * image.Height;
        var values = new float[3 * area];
        var table = new float[256];
        for (var channel = 0; channel < 3; channel++)
        {
            // 256 bytes are all there are: each is computed once and looked up from then on.
            for (var value = 0; value < table.Length; value++)
                table[value] = valueOf(channel, (byte)value);
            Fill(image.Pixels, channel, table, values.AsSpan(channel * area, area));
        }

        return values;
    }

    private static void Fill(ReadOnlySpan<byte> pixels, int channel, ReadOnlySpan<float> table, Span<float> plane)
    {
        for (int i = 0, at = channel; i < plane.Length; i++, at += 3)
            plane[i] = table[pixels[at]];
    }
}

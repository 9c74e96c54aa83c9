namespace HealthGpt.Data.Dicom;

/// <summary>Luminance and colour differences to red, green and blue (PS3.3, C.7.6.3.1.2), in the full range.</summary>
internal static class YbrColour
{
    /// <summary>Converts in place, three values a pixel.</summary>
    /// <param name="values">The pixels.</param>
    /// <param name="maximum">The largest value; the middle of the differences is just above its half.</param>
    public static void ToRgb(Span<int> values, int maximum)
    {
        var middle = (maximum + 1) / 2;
        for (var i = 0; i < values.Length; i += 3)
        {
            float luminance = values[i], blue = values[i + 1] - middle, red = values[i + 2] - middle;
            values[i] = Round(luminance + (1.402f * red), maximum);
            values[i + 1] = Round(luminance - (0.114f * 1.772f / 0.587f * blue) - (0.299f * 1.402f / 0.587f * red), maximum);
            values[i + 2] = Round(luminance + (1.772f * blue), maximum);
        }
    }

    private static int Round(float value, int maximum) => Math.Clamp((int)MathF.Floor(value + 0.5f), 0, maximum);
}

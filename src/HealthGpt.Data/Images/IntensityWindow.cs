namespace HealthGpt.Data.Images;

/// <summary>Which measured values become black and white; between them brightness rises evenly.</summary>
/// <param name="Low">This and all below is black.</param>
/// <param name="High">This and all above is white.</param>
public readonly record struct IntensityWindow(double Low, double High)
{
    /// <summary>The share of values, in percent, that is left below the default window.</summary>
    public const double LowPercentile = 0.5;

    /// <summary>The share of values, in percent, that is not above the default window.</summary>
    public const double HighPercentile = 99.5;

    /// <summary>The window between two percentiles, so that a few very bright pixels cannot darken all others. Values that are no finite number do not count.</summary>
    /// <param name="values">The picture's values.</param>
    /// <param name="low">Percent, 0 to 100.</param>
    /// <param name="high">Percent, <paramref name="low"/> to 100.</param>
    /// <returns>Percentiles with linear interpolation, as numpy computes them; 0 to 0 where no value counts.</returns>
    public static IntensityWindow FromPercentiles(ReadOnlySpan<float> values, double low = LowPercentile, double high = HighPercentile)
    {
        CheckPercentiles(low, high);
        var sorted = new float[values.Length];
        var count = 0;
        foreach (var value in values)
        {
            if (float.IsFinite(value))
                sorted[count++] = value;
        }

        if (count == 0)
            return default;
        Array.Sort(sorted, 0, count);
        return Between(count, low, high, rank => sorted[rank]);
    }

    /// <inheritdoc cref="FromPercentiles(ReadOnlySpan{float}, double, double)"/>
    public static IntensityWindow FromPercentiles(ReadOnlySpan<ushort> values, double low = LowPercentile, double high = HighPercentile)
    {
        CheckPercentiles(low, high);
        if (values.IsEmpty)
            return default;
        var counts = new int[ushort.MaxValue + 1];
        foreach (var value in values)
            counts[value]++;
        return Between(values.Length, low, high, rank => ValueOf(counts, rank));
    }

    /// <summary>The brightness of a value.</summary>
    /// <param name="value">A measured value.</param>
    /// <returns>0 to 255, rounded; 0 for what is no number. A window without width makes all above it white.</returns>
    public byte Map(double value)
    {
        if (!(value > Low))
            return 0;
        return value >= High ? (byte)255 : (byte)(((value - Low) / (High - Low) * 255) + 0.5);
    }

    private static int ValueOf(int[] counts, int rank)
    {
        var value = 0;
        for (var below = counts[0]; below <= rank; below += counts[value])
            value++;
        return value;
    }

    private static IntensityWindow Between(int count, double low, double high, Func<int, double> at)
    {
        return new IntensityWindow(Percentile(low), Percentile(high));

        double Percentile(double percent)
        {
            var place = percent / 100 * (count - 1);
            var below = (int)place;
            return at(below) + ((place - below) * (at(Math.Min(below + 1, count - 1)) - at(below)));
        }
    }

    private static void CheckPercentiles(double low, double high)
    {
        if (!(low >= 0 && low <= high && high <= 100))
            throw new ArgumentOutOfRangeException(nameof(low), $"the percentiles are {low} and {high}, but must be from 0 to 100 in this order");
    }
}

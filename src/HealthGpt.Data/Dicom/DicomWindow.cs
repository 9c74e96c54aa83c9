namespace HealthGpt.Data.Dicom;

/// <summary>A window: which values of the modality are seen, from black to white.</summary>
/// <param name="Center">The value in the middle.</param>
/// <param name="Width">How many values are seen; above 0, and at least 1 for <see cref="WindowFunction.Linear"/>.</param>
/// <param name="Function">How values become brightness.</param>
public sealed record DicomWindow(double Center, double Width, WindowFunction Function = WindowFunction.Linear)
{
    private const int MostSampled = 1 << 20;

    /// <summary>CT of the lungs: -600 HU, 1500 wide.</summary>
    public static DicomWindow Lung { get; } = new(-600, 1500);

    /// <summary>CT of bone: 400 HU, 1800 wide.</summary>
    public static DicomWindow Bone { get; } = new(400, 1800);

    /// <summary>CT of the brain: 40 HU, 80 wide.</summary>
    public static DicomWindow Brain { get; } = new(40, 80);

    /// <summary>CT of soft tissue: 50 HU, 400 wide.</summary>
    public static DicomWindow SoftTissue { get; } = new(50, 400);

    /// <summary>The windows for CT by the name that a user gives.</summary>
    public static IReadOnlyDictionary<string, DicomWindow> CtPresets { get; } =
        new Dictionary<string, DicomWindow> { ["lung"] = Lung, ["bone"] = Bone, ["brain"] = Brain, ["soft-tissue"] = SoftTissue };

    /// <summary>Whether brightness follows from it.</summary>
    internal bool IsUsable => Width > 0 && (Function != WindowFunction.Linear || Width >= 1);

    /// <summary>
    /// The window between two percentiles of the values, as for MR, whose values have no unit. Of more than a million values
    /// evenly spaced ones are looked at.
    /// </summary>
    /// <param name="values">The values; finite.</param>
    /// <param name="lower">What share of them, in percent, is black.</param>
    /// <param name="upper">Up to what share of them, in percent, is not yet white.</param>
    /// <returns>The window; 1 wide where the percentiles are equal.</returns>
    public static DicomWindow OfPercentiles(ReadOnlySpan<float> values, double lower = 0.5, double upper = 99.5)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(lower);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(upper, 100);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(lower, upper);
        if (values.IsEmpty)
            return new DicomWindow(0.5, 1, WindowFunction.LinearExact);
        var step = ((values.Length - 1) / MostSampled) + 1;
        var sorted = new float[((values.Length - 1) / step) + 1];
        for (var i = 0; i < sorted.Length; i++)
            sorted[i] = values[i * step];
        Array.Sort(sorted);
        double low = Percentile(sorted, lower), high = Percentile(sorted, upper);
        var width = high > low ? high - low : 1;
        return new DicomWindow(low + (width / 2), width, WindowFunction.LinearExact);
    }

    /// <summary>Turns values into brightness.</summary>
    /// <param name="values">Values of the modality.</param>
    /// <returns>A byte for each, 0 is black.</returns>
    /// <exception cref="InvalidOperationException">The width is none.</exception>
    public byte[] Apply(ReadOnlySpan<float> values)
    {
        if (!IsUsable)
            throw new InvalidOperationException($"the width of a window is {Width}, but must be above 0, and at least 1 for {WindowFunction.Linear}");
        var grey = new byte[values.Length];
        for (var i = 0; i < grey.Length; i++)
            grey[i] = (byte)((255 * Math.Clamp(Brightness(values[i]), 0, 1)) + 0.5);
        return grey;
    }

    private double Brightness(double value) => Function switch
    {
        WindowFunction.LinearExact => ((value - Center) / Width) + 0.5,
        WindowFunction.Sigmoid => 1 / (1 + Math.Exp(-4 * (value - Center) / Width)),
        _ when Width == 1 => value > Center - 0.5 ? 1 : 0,
        _ => ((value - (Center - 0.5)) / (Width - 1)) + 0.5,
    };

    private static double Percentile(float[] sorted, double percent)
    {
        var position = percent / 100 * (sorted.Length - 1);
        var below = (int)position;
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((position - below) * ((double)sorted[above] - sorted[below]));
    }
}

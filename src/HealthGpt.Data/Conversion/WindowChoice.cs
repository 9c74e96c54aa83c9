using System.Globalization;
using HealthGpt.Data.Dicom;

namespace HealthGpt.Data.Conversion;

/// <summary>Which values are seen, as a user chooses it before the values are known.</summary>
public sealed class WindowChoice
{
    /// <summary>What a user may write.</summary>
    public const string Forms = "lung, bone, brain, soft-tissue, percentile or LEVEL,WIDTH";

    private readonly string _name;
    private readonly DicomWindow? _window;

    private WindowChoice(string name, DicomWindow? window)
    {
        _name = name;
        _window = window;
    }

    /// <summary>The window that the file gives; else soft tissue for CT and percentiles for all others.</summary>
    public static WindowChoice Automatic { get; } = new("automatic", null);

    /// <summary>Between the percentiles 0.5 and 99.5 of all values.</summary>
    public static WindowChoice Percentile { get; } = new("percentile", null);

    /// <summary>Reads what a user writes.</summary>
    /// <param name="text">One of <see cref="Forms"/>.</param>
    /// <returns>The choice; null if it is none of these.</returns>
    public static WindowChoice? Parse(string text)
    {
        if (text == Percentile._name)
            return Percentile;
        if (DicomWindow.CtPresets.TryGetValue(text, out var preset))
            return new WindowChoice(text, preset);
        var parts = text.Split(',');
        if (parts.Length != 2 || !TryNumber(parts[0], out var level) || !TryNumber(parts[1], out var width) || width <= 0)
            return null;
        return new WindowChoice("level and width", new DicomWindow(level, width, WindowFunction.LinearExact));
    }

    /// <summary>The window for values that have become known.</summary>
    /// <param name="modality">What made them; null if nobody tells.</param>
    /// <param name="given">The window that the file gives, if any.</param>
    /// <param name="sample">Finite values out of all of them.</param>
    /// <exception cref="ConversionException">A window for CT was chosen for something else.</exception>
    internal DicomWindow Resolve(string? modality, DicomWindow? given, Func<float[]> sample)
    {
        if (DicomWindow.CtPresets.ContainsKey(_name) && modality is not null and not "CT")
            throw new ConversionException(ConversionFault.Options, $"the window '{_name}' is for the Hounsfield units of CT; the source is of modality {modality}; choose percentile or LEVEL,WIDTH");
        if (_window is not null)
            return _window;
        if (this == Automatic && (given ?? (modality == "CT" ? DicomWindow.SoftTissue : null)) is { } window)
            return window;
        return DicomWindow.OfPercentiles(sample());
    }

    private static bool TryNumber(string text, out double number) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);
}

namespace HealthGpt.Data.Dicom;

/// <summary>Stored values that pad a picture and are no measurement (PS3.3, C.7.5.1.1.2), both ends included.</summary>
internal readonly record struct PaddingRange(int Low, int High)
{
    public bool Holds(int stored) => stored >= Low && stored <= High;

    public static PaddingRange? Read(DicomDataSet set, bool signed)
    {
        if (set.UInt16(DicomTag.PixelPaddingValue) is not { } value)
            return null;
        var limit = set.UInt16(DicomTag.PixelPaddingRangeLimit) ?? value;
        var (first, second) = signed ? ((short)value, (short)limit) : (value, limit);
        return new PaddingRange(Math.Min(first, second), Math.Max(first, second));
    }
}

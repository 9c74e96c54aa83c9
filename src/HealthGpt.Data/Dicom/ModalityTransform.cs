namespace HealthGpt.Data.Dicom;

/// <summary>Stored values to those of the modality, such as Hounsfield units (PS3.3, C.11.1): by a table, or by slope and intercept.</summary>
internal sealed record ModalityTransform(double Slope, double Intercept, LookupTable? Table)
{
    // A stored value has at most 32 bits; more than this and a float could not hold the product.
    private const double Largest = 1e28;

    public float Apply(int stored) => Table is null ? (float)((stored * Slope) + Intercept) : Table.Map(stored);

    public static ModalityTransform Read(DicomDataSet set, bool signed)
    {
        if (set.Items(DicomTag.ModalityLutSequence) is [var table, ..])
            return new ModalityTransform(1, 0, LookupTable.Read(table, DicomTag.LutDescriptor, DicomTag.LutData, signed));
        var slope = set.Decimal(DicomTag.RescaleSlope) ?? 1;
        var intercept = set.Decimal(DicomTag.RescaleIntercept) ?? 0;
        if (slope == 0 || Math.Abs(slope) > Largest)
            throw set.Fault(DicomTag.RescaleSlope, $"is {slope}, but must be other than 0 and at most {Largest}; the file is damaged");
        if (Math.Abs(intercept) > Largest)
            throw set.Fault(DicomTag.RescaleIntercept, $"is {intercept}, but may be at most {Largest}; the file is damaged");
        return new ModalityTransform(slope, intercept, null);
    }
}

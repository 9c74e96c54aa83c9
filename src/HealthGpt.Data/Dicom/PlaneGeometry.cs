namespace HealthGpt.Data.Dicom;

/// <summary>Where a frame lies in the patient (PS3.3, C.7.6.2): its first pixel, its directions of unit length and its spacings in millimetres.</summary>
/// <param name="Position">The middle of the first pixel.</param>
/// <param name="AlongRow">Where a row runs to, from column to column.</param>
/// <param name="AlongColumn">Where a column runs to, from row to row.</param>
/// <param name="RowSpacing">From row to row.</param>
/// <param name="ColumnSpacing">From column to column.</param>
/// <param name="Thickness">From slice to slice as the file tells it; null if it does not.</param>
internal sealed record PlaneGeometry(
    PatientVector Position, PatientVector AlongRow, PatientVector AlongColumn, double RowSpacing, double ColumnSpacing, double? Thickness)
{
    private const double UnitTolerance = 0.01;
    private const double LargestMillimetres = 1e6;

    public PatientVector Normal => AlongRow.Cross(AlongColumn);

    /// <summary>Reads the geometry of a frame.</summary>
    /// <returns>Null if the file does not tell position, orientation and spacing.</returns>
    /// <exception cref="DicomFormatException">One of them is no geometry.</exception>
    public static PlaneGeometry? Read(DicomDataSet position, DicomDataSet orientation, DicomDataSet measures)
    {
        var origin = position.Decimals(DicomTag.ImagePositionPatient);
        var cosines = orientation.Decimals(DicomTag.ImageOrientationPatient);
        var spacing = measures.Decimals(DicomTag.PixelSpacing);
        if (origin.Length == 0 || cosines.Length == 0 || spacing.Length == 0)
            return null;
        if (origin.Length != 3 || origin.Any(value => Math.Abs(value) > LargestMillimetres))
            throw position.Fault(DicomTag.ImagePositionPatient, $"must be 3 numbers within {LargestMillimetres} mm; the file is damaged");
        if (spacing.Length != 2 || spacing.Any(value => value is <= 0 or > LargestMillimetres))
            throw measures.Fault(DicomTag.PixelSpacing, $"must be 2 numbers above 0 and within {LargestMillimetres} mm; the file is damaged");
        var (alongRow, alongColumn) = ReadDirections(orientation, cosines);
        var thickness = Positive(DicomTag.SpacingBetweenSlices) ?? Positive(DicomTag.SliceThickness);
        return new PlaneGeometry(new PatientVector(origin[0], origin[1], origin[2]), alongRow, alongColumn, spacing[0], spacing[1], thickness);

        double? Positive(DicomTag tag) => measures.Decimal(tag) is { } value and > 0 and <= LargestMillimetres ? value : null;
    }

    private static (PatientVector AlongRow, PatientVector AlongColumn) ReadDirections(DicomDataSet set, double[] cosines)
    {
        if (cosines.Length != 6)
            throw set.Fault(DicomTag.ImageOrientationPatient, $"holds {cosines.Length} numbers, but must hold 6; the file is damaged");
        PatientVector alongRow = new(cosines[0], cosines[1], cosines[2]), alongColumn = new(cosines[3], cosines[4], cosines[5]);
        double[] errors = [alongRow.Length - 1, alongColumn.Length - 1, alongRow.Dot(alongColumn)];
        if (!errors.All(error => Math.Abs(error) <= UnitTolerance))
            throw set.Fault(DicomTag.ImageOrientationPatient, "is not two directions of unit length at right angles; the file is damaged");
        return (alongRow * (1 / alongRow.Length), alongColumn * (1 / alongColumn.Length));
    }
}

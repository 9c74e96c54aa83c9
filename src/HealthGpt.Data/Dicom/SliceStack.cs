namespace HealthGpt.Data.Dicom;

/// <summary>The frames of a series in the order of their positions along the normal, checked to be evenly spaced.</summary>
internal sealed record SliceStack(IReadOnlyList<SeriesSlice> Slices, PatientVector Step)
{
    private const double DirectionTolerance = 1e-3;
    private const double SpacingTolerance = 1e-3;
    private const double PositionTolerance = 0.1;
    private const double SamePlace = 1e-3;
    private const string LeaveOut = "leave it out of the series";

    /// <summary>Orders and checks the frames of all images.</summary>
    /// <exception cref="DicomFormatException">They make no volume.</exception>
    public static SliceStack Of(IReadOnlyList<DicomImage> images, string name)
    {
        if (images.Count == 0)
            throw new DicomFormatException(name, "it holds no DICOM file; give the folder that the files of one series lie in");
        var slices = images.SelectMany(SlicesOf).ToList();
        var usual = Usual(slices);
        foreach (var slice in slices)
            CheckAlike(usual, slice);
        var normal = slices[0].Plane.Normal;
        slices = [.. slices.OrderBy(slice => slice.Plane.Position.Dot(normal))];
        return slices.Count == 1 ? OfOne(slices[0]) : OfMany(slices, normal, name);
    }

    /// <summary>Voxel index (column, row, slice) to millimetres: right, anterior and superior, where DICOM has left, posterior and superior.</summary>
    public double[,] Affine()
    {
        var plane = Slices[0].Plane;
        PatientVector[] columns = [plane.AlongRow * plane.ColumnSpacing, plane.AlongColumn * plane.RowSpacing, Step, plane.Position];
        var affine = new double[4, 4];
        for (var column = 0; column < 4; column++)
            (affine[0, column], affine[1, column], affine[2, column]) = (-columns[column].X, -columns[column].Y, columns[column].Z);
        affine[3, 3] = 1;
        return affine;
    }

    private static IEnumerable<SeriesSlice> SlicesOf(DicomImage image)
    {
        if (image.IsColour)
            throw new DicomFormatException(image.Name, "it shows colours, which make no volume; leave it out of the series");
        for (var frame = 0; frame < image.Frames; frame++)
        {
            var plane = image.Plane(frame) ?? throw new DicomFormatException(
                image.Name,
                $"it lacks {DicomTag.ImagePositionPatient}, {DicomTag.ImageOrientationPatient} or {DicomTag.PixelSpacing}, "
                + $"so its frame {frame + 1} has no place in a volume; leave it out of the series");
            yield return new SeriesSlice(image, frame, plane);
        }
    }

    // The one that most are like, so that an error names the localizer and not the slices; a majority is found in one pass (Boyer and Moore).
    private static SeriesSlice Usual(List<SeriesSlice> slices)
    {
        var (usual, lead) = (slices[0], 0);
        foreach (var slice in slices)
        {
            if (lead == 0)
                usual = slice;
            lead += DifferenceOf(usual, slice) is null ? 1 : -1;
        }

        return usual;
    }

    private static void CheckAlike(SeriesSlice usual, SeriesSlice other)
    {
        if (DifferenceOf(usual, other) is { } difference)
            throw new DicomFormatException(other.Image.Name, $"it {difference}");
    }

    /// <returns>What tells a slice from the others, and what to do; null if it can be of their volume.</returns>
    private static string? DifferenceOf(SeriesSlice usual, SeriesSlice other)
    {
        var name = $"'{usual.Image.Name}'";
        if (other.Image.Series != usual.Image.Series || other.Image.Modality != usual.Image.Modality)
            return $"is of another series ({DicomTag.SeriesInstanceUID}) than {name}; keep each series in a folder of its own";
        if (other.Image.Rows != usual.Image.Rows || other.Image.Columns != usual.Image.Columns)
            return $"has {other.Image.Rows} x {other.Image.Columns} pixels where {name} has {usual.Image.Rows} x {usual.Image.Columns}; {LeaveOut}";
        if (other.Image.IsInverted != usual.Image.IsInverted)
            return $"shows low values {(other.Image.IsInverted ? "bright where" : "dark where")} {name} shows them {(other.Image.IsInverted ? "dark" : "bright")} (MONOCHROME1 and MONOCHROME2); {LeaveOut}";
        var (plane, reference) = (other.Plane, usual.Plane);
        if ((plane.AlongRow - reference.AlongRow).Length > DirectionTolerance || (plane.AlongColumn - reference.AlongColumn).Length > DirectionTolerance)
            return $"has another orientation ({DicomTag.ImageOrientationPatient}) than {name}; {LeaveOut}; localizers often lie among the slices";
        return Near(plane.RowSpacing, reference.RowSpacing) && Near(plane.ColumnSpacing, reference.ColumnSpacing) ? null : $"has another {DicomTag.PixelSpacing} than {name}; {LeaveOut}";
    }

    private static bool Near(double value, double reference) => Math.Abs(value - reference) <= SpacingTolerance * reference;

    private static SliceStack OfOne(SeriesSlice slice)
    {
        var thickness = slice.Plane.Thickness ?? throw new DicomFormatException(
            slice.Image.Name,
            $"it is the only slice and has neither {DicomTag.SpacingBetweenSlices} nor {DicomTag.SliceThickness}, so the volume has no depth; give the whole series");
        return new SliceStack([slice], slice.Plane.Normal * thickness);
    }

    private static SliceStack OfMany(List<SeriesSlice> slices, PatientVector normal, string name)
    {
        var gaps = slices.Skip(1).Zip(slices, (next, slice) => (next.Plane.Position - slice.Plane.Position).Dot(normal)).ToArray();
        var usual = gaps.Order().ElementAt((gaps.Length - 1) / 2);
        var same = Array.FindIndex(gaps, gap => gap < SamePlace);
        if (same >= 0)
        {
            throw new DicomFormatException(name, $"{Named(slices[same])} and {Named(slices[same + 1])} lie at the same place; "
                + "keep one echo, phase or time of the series");
        }

        var missing = Array.FindIndex(gaps, gap => gap > 1.5 * usual);
        if (missing >= 0)
        {
            throw new DicomFormatException(name, $"between {Named(slices[missing])} and {Named(slices[missing + 1])} are {gaps[missing]:0.###} mm "
                + $"where {usual:0.###} mm are usual, so slices are missing ({Math.Round(gaps[missing] / usual) - 1:0}); fetch the whole series");
        }

        // With a tilted gantry each slice is shifted against the last, which an affine holds as well.
        var step = (slices[^1].Plane.Position - slices[0].Plane.Position) * (1.0 / gaps.Length);
        for (var i = 0; i < slices.Count; i++)
        {
            var off = (slices[i].Plane.Position - (slices[0].Plane.Position + (step * i))).Length;
            if (off > PositionTolerance * usual)
            {
                throw new DicomFormatException(name, $"{Named(slices[i])} is {off:0.###} mm off its place among slices {usual:0.###} mm apart; "
                    + "the series is unevenly spaced and makes no volume");
            }
        }

        return new SliceStack(slices, step);
    }

    private static string Named(SeriesSlice slice) => slice.Image.Frames == 1 ? $"'{slice.Image.Name}'" : $"frame {slice.Frame + 1} of '{slice.Image.Name}'";
}

namespace HealthGpt.Data.Dicom;

/// <summary>What may differ from frame to frame of a file.</summary>
internal sealed record FrameAttributes(ModalityTransform Modality, IReadOnlyList<DicomWindow> Windows, PlaneGeometry? Plane, PixelShape Shape)
{
    /// <summary>
    /// Reads the attributes of all frames: of the data set itself, or of its functional groups (PS3.3, C.7.6.16), those of a frame
    /// before those that all share.
    /// </summary>
    /// <returns>One for every frame, or a single one for all.</returns>
    public static FrameAttributes[] Read(DicomDataSet set, PixelDescription description)
    {
        var shared = set.Items(DicomTag.SharedFunctionalGroupsSequence) is [var first, ..] ? first : null;
        var frames = set.Items(DicomTag.PerFrameFunctionalGroupsSequence);
        if (frames.Count == 0)
            return [ReadOne(set, shared, null, description)];
        if (frames.Count < description.Frames)
            throw set.Fault(DicomTag.PerFrameFunctionalGroupsSequence, $"has {frames.Count} items for {description.Frames} frames; the file is damaged");
        var attributes = new FrameAttributes[description.Frames];
        for (var i = 0; i < attributes.Length; i++)
            attributes[i] = ReadOne(set, shared, frames[i], description);
        return attributes;
    }

    private static FrameAttributes ReadOne(DicomDataSet set, DicomDataSet? shared, DicomDataSet? frame, PixelDescription description)
    {
        var plane = PlaneGeometry.Read(Group(DicomTag.PlanePositionSequence), Group(DicomTag.PlaneOrientationSequence), Group(DicomTag.PixelMeasuresSequence));
        var modality = ModalityTransform.Read(Group(DicomTag.PixelValueTransformationSequence), description.Signed);
        var shape = PixelShape.Read(Group(DicomTag.PixelMeasuresSequence), set);
        return new FrameAttributes(modality, ReadWindows(Group(DicomTag.FrameVoiLutSequence)), plane, shape);

        DicomDataSet Group(DicomTag sequence) => frame?.Items(sequence) is [var own, ..] ? own : shared?.Items(sequence) is [var common, ..] ? common : set;
    }

    private static List<DicomWindow> ReadWindows(DicomDataSet set)
    {
        double[] centers = set.Decimals(DicomTag.WindowCenter), widths = set.Decimals(DicomTag.WindowWidth);
        var function = set.Text(DicomTag.VoiLutFunction) switch
        {
            "LINEAR_EXACT" => WindowFunction.LinearExact,
            "SIGMOID" => WindowFunction.Sigmoid,
            _ => WindowFunction.Linear,
        };
        // A width of 0 is common where a device had no window to give; the pixels are none the worse.
        return [.. centers.Zip(widths, (center, width) => new DicomWindow(center, width, function)).Where(window => window.IsUsable)];
    }
}

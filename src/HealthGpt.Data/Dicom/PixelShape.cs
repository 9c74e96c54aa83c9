namespace HealthGpt.Data.Dicom;

/// <summary>Width and height of a pixel, in millimetres or relative to each other: a picture needs no place to be shown at true aspect.</summary>
internal readonly record struct PixelShape(double Width, double Height)
{
    private const double LargestRatio = 100;

    /// <summary>
    /// Reads the spacing in the patient; else at the detector (PS3.3, C.8.11.3) or of a scanned film (C.8.6.1); else the aspect ratio (C.7.6.3.1.7). All give
    /// the vertical number first. Where none is usable pixels are square.
    /// </summary>
    /// <param name="measures">The data set or item that has the pixel spacing.</param>
    /// <param name="set">The file's data set.</param>
    public static PixelShape Read(DicomDataSet measures, DicomDataSet set)
    {
        double[][] told = [measures.Decimals(DicomTag.PixelSpacing), .. Others.Select(set.Decimals)];
        return told.Where(IsUsable).Select(pair => new PixelShape(pair[1], pair[0])).FirstOrDefault(new PixelShape(1, 1));
    }

    private static DicomTag[] Others { get; } = [DicomTag.ImagerPixelSpacing, DicomTag.NominalScannedPixelSpacing, DicomTag.PixelAspectRatio];

    private static bool IsUsable(double[] pair) => pair is [> 0, > 0] && Math.Max(pair[0] / pair[1], pair[1] / pair[0]) <= LargestRatio;
}

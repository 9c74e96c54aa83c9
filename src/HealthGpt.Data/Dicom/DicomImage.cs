using HealthGpt.Data.Images;

namespace HealthGpt.Data.Dicom;

/// <summary>
/// The frames of a DICOM file and what their pixels mean. Of the rest of the file, the patient's identity above all, nothing is held.
/// Frames are decoded when asked for.
/// </summary>
public sealed class DicomImage
{
    private static readonly string[] Documents = ["SR", "KO", "PR", "DOC", "REG", "FID", "RTSTRUCT", "RTPLAN", "RTRECORD", "PLAN", "ECG", "AU"];

    private readonly PixelFrames _frames;
    private readonly PixelDescription _description;
    private readonly FrameAttributes[] _attributes;
    private readonly PaddingRange? _padding;
    private readonly Palette? _palette;
    private readonly LookupTable? _voiTable;

    private DicomImage(DicomFile file, PixelDescription description)
    {
        var set = file.DataSet;
        _description = description;
        _attributes = FrameAttributes.Read(set, description);
        _padding = PaddingRange.Read(set, description.Signed);
        _palette = description.Photometric == Photometric.Palette ? Palette.Read(set, description.Signed) : null;
        if (set.Items(DicomTag.VoiLutSequence) is [var table, ..])
            _voiTable = LookupTable.Read(table, DicomTag.LutDescriptor, DicomTag.LutData, description.Signed || _attributes[0].Modality.Intercept < 0);
        _frames = PixelFrames.Read(file, description);
        Modality = ImagingModality.Of(set);
        Series = SeriesToken.Of(set);
    }

    /// <summary>What made the picture, such as CT or MR; OT for what is no imaging device of the standard.</summary>
    public string Modality { get; }

    /// <summary>Height in pixels.</summary>
    public int Rows => _description.Rows;

    /// <summary>Width in pixels.</summary>
    public int Columns => _description.Columns;

    /// <summary>How many frames there are; at least 1.</summary>
    public int Frames => _description.Frames;

    /// <summary>Values of a pixel: 1, or 3 for red, green and blue.</summary>
    public int Samples => _description.Samples;

    /// <summary>Whether it shows colours: by three samples or by a palette.</summary>
    public bool IsColour => Samples == 3 || _palette is not null;

    /// <summary>Whether high values are meant to be dark (MONOCHROME1).</summary>
    public bool IsInverted => _description.Photometric == Photometric.Monochrome1;

    /// <summary>What errors call it.</summary>
    internal string Name => _frames.Name;

    internal SeriesToken Series { get; }

    /// <summary>The file's table of brightness, for where it gives no window.</summary>
    internal LookupTable? VoiTable => _voiTable;

    /// <summary>Reads a file.</summary>
    /// <param name="path">A file of DICOM Part 10.</param>
    /// <returns>The image.</returns>
    /// <exception cref="DicomFormatException">The file cannot be read, is damaged, or is of a transfer syntax that is not decoded.</exception>
    public static DicomImage Load(string path) => Parse(DicomFile.ReadBytes(path), path);

    /// <summary>Reads the bytes of a file.</summary>
    /// <param name="bytes">The file's bytes.</param>
    /// <param name="name">What errors call it.</param>
    /// <returns>The image.</returns>
    /// <exception cref="DicomFormatException">The bytes are no such file, are damaged, or are of a transfer syntax that is not decoded.</exception>
    public static DicomImage Parse(byte[] bytes, string name)
    {
        var file = DicomFile.Parse(bytes, name);
        if (file.DataSet.Find(DicomTag.PixelData) is null)
            throw PixelFrames.Missing(file.DataSet);
        return new DicomImage(file, PixelDescription.Read(file.DataSet));
    }

    /// <summary>Reads the bytes of a file that may be a report or another document, which has no picture. A file of another kind without one is damaged.</summary>
    /// <returns>The image; null for a document.</returns>
    internal static DicomImage? ParseUnlessDocument(byte[] bytes, string name)
    {
        var set = DicomFile.Parse(bytes, name).DataSet;
        return set.Find(DicomTag.PixelData) is null && Documents.Contains(set.Text(DicomTag.Modality)) ? null : Parse(bytes, name);
    }

    /// <summary>The windows that the file gives for a frame; none for many.</summary>
    /// <param name="frame">Which frame, from 0.</param>
    public IReadOnlyList<DicomWindow> Windows(int frame = 0) => AttributesOf(frame).Windows;

    /// <summary>
    /// The values as they are stored, without padding bits and with their sign; of a colour picture red, green and blue,
    /// of one with a palette the palette's numbers.
    /// </summary>
    /// <param name="frame">Which frame, from 0.</param>
    /// <returns>Rows x Columns x Samples values, row by row from the top.</returns>
    /// <exception cref="DicomFormatException">The frame is damaged.</exception>
    public int[] Stored(int frame = 0)
    {
        CheckFrame(frame);
        return _frames.Decode(frame);
    }

    /// <summary>The values of the modality, such as Hounsfield units; padding pixels are like any other here.</summary>
    /// <param name="frame">Which frame, from 0.</param>
    /// <returns>Rows x Columns values, row by row from the top.</returns>
    /// <exception cref="DicomFormatException">The frame is damaged, or the picture has colours.</exception>
    public float[] Values(int frame = 0) => Rescale(Stored(frame), frame);

    /// <summary>
    /// The picture of a frame. Without a window: the first of the file, else the file's own table, else soft tissue for CT and
    /// percentiles for all others. Padding pixels are black.
    /// </summary>
    /// <param name="frame">Which frame, from 0.</param>
    /// <param name="window">What to see; colours have no window and ignore it.</param>
    /// <returns>The picture.</returns>
    /// <exception cref="DicomFormatException">The frame is damaged.</exception>
    public RgbImage Render(int frame = 0, DicomWindow? window = null)
    {
        var stored = Stored(frame);
        if (_palette is not null)
            return new RgbImage(Columns, Rows, _palette.Apply(stored));
        if (Samples == 3)
            return new RgbImage(Columns, Rows, ToBytes(stored));
        var values = Rescale(stored, frame);
        window ??= Windows(frame) is [var first, ..] ? first : null;
        var grey = window is null && _voiTable is not null ? _voiTable.Apply(values) : (window ?? WithoutGivenWindow(stored, values)).Apply(values);
        for (var i = 0; i < grey.Length; i++)
            grey[i] = IsPadding(stored[i]) ? (byte)0 : IsInverted ? (byte)(255 - grey[i]) : grey[i];
        return RgbImage.FromGrey(Columns, Rows, grey);
    }

    /// <summary>Where a frame lies; null if the file does not tell.</summary>
    internal PlaneGeometry? Plane(int frame) => AttributesOf(frame).Plane;

    /// <summary>The shape of a frame's pixels.</summary>
    internal PixelShape Shape(int frame) => AttributesOf(frame).Shape;

    /// <summary>The values of the modality, and no number where there is nothing but padding.</summary>
    internal float[] Measured(int frame)
    {
        var stored = Stored(frame);
        var values = Rescale(stored, frame);
        for (var i = 0; i < values.Length; i++)
            values[i] = IsPadding(stored[i]) ? float.NaN : values[i];
        return values;
    }

    private float[] Rescale(int[] stored, int frame)
    {
        if (IsColour)
            throw new DicomFormatException(Name, "it shows colours, which have no values of a modality; give a grey picture");
        return Array.ConvertAll(stored, AttributesOf(frame).Modality.Apply);
    }

    private DicomWindow WithoutGivenWindow(int[] stored, float[] values)
    {
        if (Modality == "CT")
            return DicomWindow.SoftTissue;
        return DicomWindow.OfPercentiles(_padding is null ? values : [.. values.Where((_, i) => !IsPadding(stored[i]))]);
    }

    private byte[] ToBytes(int[] stored)
    {
        var maximum = (1 << _description.BitsStored) - 1;
        return Array.ConvertAll(stored, value => (byte)Math.Clamp(((value * 255L) + (maximum / 2)) / maximum, 0, 255));
    }

    private bool IsPadding(int stored) => _padding is { } range && range.Holds(stored);

    private FrameAttributes AttributesOf(int frame)
    {
        CheckFrame(frame);
        return _attributes[_attributes.Length == 1 ? 0 : frame];
    }

    private void CheckFrame(int frame)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(frame);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(frame, Frames);
    }
}

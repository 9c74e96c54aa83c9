namespace HealthGpt.Data.Dicom;

/// <summary>The image pixel attributes (PS3.3, C.7.6.3) of a file, checked.</summary>
internal sealed record PixelDescription
{
    /// <summary>The most pixels of a frame; the same as of any other picture that is read.</summary>
    public const int MaximumPixels = 1 << 26;

    private static readonly string[] Refused = ["YBR_PARTIAL_422", "YBR_PARTIAL_420", "YBR_ICT", "YBR_RCT", "XYB", "HSV", "ARGB", "CMYK"];

    public int Rows { get; private init; }

    public int Columns { get; private init; }

    public int Frames { get; private init; }

    public int Samples { get; private init; }

    public int BitsAllocated { get; private init; }

    public int BitsStored { get; private init; }

    public int HighBit { get; private init; }

    public bool Signed { get; private init; }

    public bool Planar { get; private init; }

    public Photometric Photometric { get; private init; }

    public int BytesPerSample => BitsAllocated / 8;

    /// <summary>Samples of one frame.</summary>
    public int FrameLength => Rows * Columns * Samples;

    /// <exception cref="DicomFormatException">An attribute is missing, contradicts another or is beyond a limit.</exception>
    public static PixelDescription Read(DicomDataSet set)
    {
        var samples = Required(set, DicomTag.SamplesPerPixel);
        var allocated = Required(set, DicomTag.BitsAllocated);
        var stored = Required(set, DicomTag.BitsStored);
        var description = new PixelDescription
        {
            Rows = Required(set, DicomTag.Rows),
            Columns = Required(set, DicomTag.Columns),
            Frames = set.Integer(DicomTag.NumberOfFrames) ?? 1,
            Samples = samples,
            BitsAllocated = allocated,
            BitsStored = stored,
            HighBit = set.UInt16(DicomTag.HighBit) ?? stored - 1,
            Signed = Flag(set, DicomTag.PixelRepresentation),
            Planar = samples > 1 && Flag(set, DicomTag.PlanarConfiguration),
            Photometric = ReadPhotometric(set, samples),
        };
        description.CheckSize(set);
        description.CheckBits(set);
        return description;
    }

    /// <summary>What bits of a cell mean: the stored bits alone, with their sign.</summary>
    public int ToStored(uint cell)
    {
        var unused = 32 - BitsStored;
        var top = cell << (31 - HighBit);
        return Signed ? (int)top >> unused : (int)(top >> unused);
    }

    private static int Required(DicomDataSet set, DicomTag tag)
    {
        var value = set.UInt16(tag) ?? throw set.Fault(tag, "is missing; without it the pixels cannot be read");
        return value > 0 ? value : throw set.Fault(tag, "is 0, but must be at least 1; the file is damaged");
    }

    private static bool Flag(DicomDataSet set, DicomTag tag) => set.UInt16(tag) switch
    {
        null or 0 => false,
        1 => true,
        var value => throw set.Fault(tag, $"is {value}, but must be 0 or 1; the file is damaged"),
    };

    private static Photometric ReadPhotometric(DicomDataSet set, int samples)
    {
        var tag = DicomTag.PhotometricInterpretation;
        var text = set.Text(tag) ?? throw set.Fault(tag, "is missing; without it the pixels cannot be read");
        Photometric? known = text switch
        {
            "MONOCHROME1" => Photometric.Monochrome1,
            "MONOCHROME2" => Photometric.Monochrome2,
            "PALETTE COLOR" => Photometric.Palette,
            "RGB" => Photometric.Rgb,
            "YBR_FULL" => Photometric.YbrFull,
            "YBR_FULL_422" => Photometric.YbrFull422,
            _ => null,
        };
        if (known is not { } photometric)
        {
            var named = Refused.Contains(text) ? $"is {text}, which is not read" : "is none that the standard defines";
            throw set.Fault(tag, $"{named}; read are MONOCHROME1, MONOCHROME2, PALETTE COLOR, RGB, YBR_FULL and YBR_FULL_422");
        }

        var needed = photometric is Photometric.Monochrome1 or Photometric.Monochrome2 or Photometric.Palette ? 1 : 3;
        return samples == needed ? photometric : throw set.Fault(DicomTag.SamplesPerPixel, $"is {samples}, but {text} has {needed}; the file is damaged");
    }

    private void CheckSize(DicomDataSet set)
    {
        if (Frames < 1)
            throw set.Fault(DicomTag.NumberOfFrames, $"is {Frames}, but must be at least 1; the file is damaged");
        if ((long)Rows * Columns > MaximumPixels)
            throw set.Fault(DicomTag.Rows, $"and {DicomTag.Columns} make {Rows} x {Columns} pixels, more than {MaximumPixels}; make the frames smaller");
    }

    private void CheckBits(DicomDataSet set)
    {
        if (BitsAllocated is not (8 or 16 or 32))
            throw set.Fault(DicomTag.BitsAllocated, $"is {BitsAllocated}, but only 8, 16 and 32 are read; convert the file to one of these");
        if (Samples == 3 && BitsAllocated == 32)
            throw set.Fault(DicomTag.BitsAllocated, "is 32, but colours are read with 8 or 16; convert the file to one of these");
        if (BitsStored > BitsAllocated)
            throw set.Fault(DicomTag.BitsStored, $"is {BitsStored}, more than the {BitsAllocated} bits allocated; the file is damaged");
        if (HighBit < BitsStored - 1 || HighBit >= BitsAllocated)
            throw set.Fault(DicomTag.HighBit, $"is {HighBit}, but must be from {BitsStored - 1} to {BitsAllocated - 1}; the file is damaged");
    }
}

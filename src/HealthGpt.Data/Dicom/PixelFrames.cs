namespace HealthGpt.Data.Dicom;

/// <summary>The coded frames of a file, and how one becomes stored values. Holds nothing else of the file.</summary>
internal abstract class PixelFrames(PixelDescription description, string name)
{
    public string Name => name;

    protected PixelDescription Description => description;

    /// <exception cref="DicomFormatException">The pixel data is missing, too short or in pieces that make no frames.</exception>
    public static PixelFrames Read(DicomFile file, PixelDescription description)
    {
        var set = file.DataSet;
        var name = set.Bytes.Name;
        var element = set.Find(DicomTag.PixelData) ?? throw Missing(set);
        if (file.Syntax.IsEncapsulated != element.IsUndefined)
        {
            throw set.Fault(DicomTag.PixelData, $"has {(element.IsUndefined ? "no" : "a")} defined length, which its transfer syntax {file.Syntax.Name} forbids; "
                + "the file is damaged");
        }

        return file.Syntax.Coding switch
        {
            PixelCoding.Native => NativeFrames.Read(set, element, description),
            PixelCoding.Rle => new RleFrames(EncapsulatedFrames.Read(set, element, description.Frames, jpeg: false), description, name),
            PixelCoding.JpegBaseline => new JpegBaselineFrames(EncapsulatedFrames.Read(set, element, description.Frames, jpeg: true), description, name),
            _ => new JpegLosslessFrames(EncapsulatedFrames.Read(set, element, description.Frames, jpeg: true), description, name),
        };
    }

    /// <summary>The error of a file without pixel data that is read.</summary>
    public static DicomFormatException Missing(DicomDataSet set)
    {
        foreach (var tag in (DicomTag[])[DicomTag.FloatPixelData, DicomTag.DoubleFloatPixelData])
        {
            if (set.Find(tag) is not null)
                return set.Fault(tag, "holds the pixels, but floating point ones are not read; convert them to 16-bit integers");
        }

        return set.Fault(DicomTag.PixelData, "is missing; the file holds no picture, or is cut short");
    }

    /// <summary>Decodes one frame.</summary>
    /// <returns>The stored values, samples of a pixel side by side; colours as red, green and blue.</returns>
    /// <exception cref="DicomFormatException">The frame is damaged.</exception>
    public int[] Decode(int frame)
    {
        var values = DecodeCells(frame);
        var overflows = description is { BitsStored: 32, Signed: false };
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = description.ToStored((uint)values[i]);
            if (overflows && values[i] < 0)
                throw Fault(frame, "holds a value beyond 2147483647, more than is read");
        }

        if (AreYbr)
            YbrColour.ToRgb(values, (1 << description.BitsStored) - 1);
        return values;
    }

    /// <summary>Whether the decoded cells are luminance and colour differences.</summary>
    protected virtual bool AreYbr => description.Photometric is Photometric.YbrFull or Photometric.YbrFull422;

    /// <summary>The cells of a frame as bits, before <see cref="PixelDescription.ToStored"/>, samples of a pixel side by side.</summary>
    protected abstract int[] DecodeCells(int frame);

    protected DicomFormatException Fault(int frame, string reason) => new(name, $"frame {frame + 1} of {description.Frames} in {DicomTag.PixelData} {reason}");
}

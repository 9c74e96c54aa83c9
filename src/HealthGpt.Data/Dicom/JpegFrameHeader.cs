using HealthGpt.Data.Images;

namespace HealthGpt.Data.Dicom;

/// <summary>The start of frame of a JPEG stream (ITU-T T.81, B.2.2).</summary>
/// <param name="Process">The marker's number: 0 is baseline, 1 extended sequential, 3 lossless.</param>
/// <param name="Precision">Bits of a sample.</param>
/// <param name="Rows">Lines.</param>
/// <param name="Columns">Samples of a line.</param>
/// <param name="Components">Identifier and sampling factors of each component.</param>
internal sealed record JpegFrameHeader(int Process, int Precision, int Rows, int Columns, IReadOnlyList<(int Id, int Sampling)> Components)
{
    public string ProcessName => Process switch
    {
        0 => "baseline",
        1 => "extended sequential",
        2 => "progressive",
        3 => "lossless",
        _ => "hierarchical or arithmetic",
    };

    public static JpegFrameHeader Read(byte marker, ReadOnlySpan<byte> segment)
    {
        if (segment.Length < 6 || segment.Length < 6 + (3 * segment[5]))
            throw new JpegFormatException("has a JPEG frame header that is too short");
        var components = new (int Id, int Sampling)[segment[5]];
        for (var i = 0; i < components.Length; i++)
            components[i] = (segment[6 + (3 * i)], segment[7 + (3 * i)]);
        return new JpegFrameHeader(marker - JpegMarker.FirstFrame, segment[0], (segment[1] << 8) | segment[2], (segment[3] << 8) | segment[4], components);
    }

    /// <summary>Refuses a stream that is not what the data set describes.</summary>
    public void Check(PixelDescription description)
    {
        if (Rows != description.Rows || Columns != description.Columns || Components.Count != description.Samples)
        {
            throw new JpegFormatException($"is a JPEG of {Rows} x {Columns} pixels and {Components.Count} components, "
                + $"but the data set tells {description.Rows} x {description.Columns} and {description.Samples}");
        }

        if (Precision > description.BitsAllocated)
            throw new JpegFormatException($"is a JPEG of {Precision} bits, but the data set allocates {description.BitsAllocated}");
    }
}

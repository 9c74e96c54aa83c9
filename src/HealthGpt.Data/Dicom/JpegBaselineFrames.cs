using HealthGpt.Data.Images;

namespace HealthGpt.Data.Dicom;

/// <summary>Frames of sequential JPEG with 8 bits, decoded as any other JPEG is; colours come as red, green and blue.</summary>
internal sealed class JpegBaselineFrames(byte[][] frames, PixelDescription description, string name) : PixelFrames(description, name)
{
    // A block of 64 samples takes two bits at least; with halved colours, four blocks of luminance share two more.
    private const int MostPixelsPerByte = 256;

    protected override bool AreYbr => false;

    protected override int[] DecodeCells(int frame)
    {
        try
        {
            var bytes = frames[frame];
            var hasColourMarker = CheckHeaders(bytes);
            if ((long)bytes.Length * MostPixelsPerByte < Description.Rows * Description.Columns)
                throw new JpegFormatException($"has {bytes.Length} bytes, too few for {Description.Rows} x {Description.Columns} pixels");
            var image = RgbImage.Decode(hasColourMarker || Description.Samples == 1 ? bytes : WithColourMarker(bytes), Name);
            return ToCells(image);
        }
        catch (JpegFormatException error)
        {
            throw Fault(frame, error.Message);
        }
        catch (ImageFormatException error)
        {
            throw Fault(frame, error.InnerException is JpegFormatException cause ? cause.Message : $"is a JPEG whose {error.Reason}");
        }
    }

    /// <summary>Whether the stream itself says what its colours are.</summary>
    private bool CheckHeaders(byte[] bytes)
    {
        var reader = new JpegMarkerReader(bytes);
        JpegFrameHeader? header = null;
        var hasColourMarker = false;
        byte marker;
        while ((marker = reader.Next(out var segment)) != JpegMarker.StartOfScan)
        {
            if (marker == JpegMarker.EndOfImage)
                throw new JpegFormatException("is a JPEG without a scan");
            hasColourMarker |= (marker == 0xE0 && segment.StartsWith("JFIF\0"u8)) || (marker == 0xEE && segment.StartsWith("Adobe"u8));
            if (JpegMarker.IsFrame(marker))
                header = header is null ? JpegFrameHeader.Read(marker, segment) : throw new JpegFormatException("is a JPEG with two frame headers");
        }

        if (header is null)
            throw new JpegFormatException("is a JPEG without a frame header");
        if (header.Process > 1 || header.Precision != 8)
        {
            throw new JpegFormatException(
                $"is {header.ProcessName} JPEG of {header.Precision} bits, but of lossy JPEG only the sequential one of 8 bits is decoded",
                $"convert it with {TransferSyntax.ByDcmtkJpeg}");
        }

        header.Check(Description);
        return hasColourMarker;
    }

    // Without a marker the data set says what the colours are, and the decoder would guess: it is told by an Adobe segment.
    private byte[] WithColourMarker(byte[] bytes)
    {
        var transform = (byte)(Description.Photometric == Photometric.Rgb ? 0 : 1);
        return [.. bytes.AsSpan(0, 2), 0xFF, 0xEE, 0, 14, .. "Adobe"u8, 0, 100, 0, 0, 0, 0, transform, .. bytes.AsSpan(2)];
    }

    private int[] ToCells(RgbImage image)
    {
        var cells = new int[Description.FrameLength];
        var step = 3 / Description.Samples;
        for (var i = 0; i < cells.Length; i++)
            cells[i] = image.Pixels[i * step];
        return cells;
    }
}

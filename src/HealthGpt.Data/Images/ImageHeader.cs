namespace HealthGpt.Data.Images;

/// <summary>What a file says of its picture before any pixel is decoded.</summary>
internal abstract record ImageHeader
{
    /// <summary>Width in pixels; at least 1.</summary>
    public required int Width { get; init; }

    /// <summary>Height in pixels; at least 1.</summary>
    public required int Height { get; init; }

    /// <summary>Pixels that the file's compressed bytes could make at the very best.</summary>
    public required long PossiblePixels { get; init; }

    /// <summary>Reads the structure of a PNG or JPEG from the first byte to the last.</summary>
    /// <exception cref="ImageFormatException">It is neither, is cut short, or has a size that is impossible, too large or more than its bytes can hold.</exception>
    public static ImageHeader Read(ReadOnlySpan<byte> bytes, string name, ImageReadOptions options)
    {
        if (bytes.IsEmpty)
            throw new ImageFormatException(name, "it is empty; give a PNG or JPEG");
        ImageHeader header = PngHeader.Recognises(bytes) ? PngHeader.Read(bytes, name)
            : JpegHeader.Recognises(bytes) ? JpegHeader.Read(bytes, name)
            : throw new ImageFormatException(name, "it is neither a PNG nor a JPEG; convert it to PNG");
        var pixels = (long)header.Width * header.Height;
        // Four bytes a pixel are decoded at once.
        var maximumPixels = Math.Min(options.MaximumPixels, Array.MaxLength / 4);
        if (pixels > maximumPixels)
            throw new ImageFormatException(name, $"it has {header.Width} x {header.Height} pixels, more than the limit of {maximumPixels}; make it smaller");
        if (Math.Max(header.Width, header.Height) > options.MaximumSide)
            throw new ImageFormatException(name, $"it has {header.Width} x {header.Height} pixels, more than the limit of {options.MaximumSide} on a side; cut it into pieces or make it smaller");
        if (pixels > header.PossiblePixels)
            throw new ImageFormatException(name, $"its {bytes.Length} bytes cannot hold the {header.Width} x {header.Height} pixels that its header promises; the file is damaged or cut short");
        return header;
    }
}

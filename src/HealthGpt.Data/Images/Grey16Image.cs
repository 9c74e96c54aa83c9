namespace HealthGpt.Data.Images;

/// <summary>A picture of one 16-bit channel, rows from the top: a scan whose values are more than a screen can show.</summary>
public sealed class Grey16Image
{
    /// <summary>Wraps samples that are already in memory.</summary>
    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    /// <param name="samples">One value a pixel, row by row.</param>
    public Grey16Image(int width, int height, ushort[] samples)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        if (samples.Length != (long)width * height)
            throw new ArgumentException($"{width} x {height} pixels need {(long)width * height} samples, not {samples.Length}", nameof(samples));
        Width = width;
        Height = height;
        Samples = samples;
    }

    /// <summary>Width in pixels.</summary>
    public int Width { get; }

    /// <summary>Height in pixels.</summary>
    public int Height { get; }

    /// <summary>One value a pixel, row by row.</summary>
    public ushort[] Samples { get; }

    /// <summary>Reads a 16-bit grey PNG file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">The limit on its size.</param>
    /// <returns>The picture; alpha is dropped.</returns>
    /// <exception cref="ImageFormatException">The file cannot be read or is no such image.</exception>
    public static Grey16Image Load(string path, ImageReadOptions? options = null) => Decode(ImageFile.Read(path), path, options);

    /// <summary>Decodes the bytes of a 16-bit grey PNG.</summary>
    /// <param name="bytes">The file's bytes.</param>
    /// <param name="name">What errors call the image.</param>
    /// <param name="options">The limit on its size.</param>
    /// <returns>The picture; alpha is dropped.</returns>
    /// <exception cref="ImageFormatException">The bytes are no such image.</exception>
    public static Grey16Image Decode(ReadOnlySpan<byte> bytes, string name, ImageReadOptions? options = null)
    {
        var header = ImageHeader.Read(bytes, name, options ?? new ImageReadOptions());
        if (header is not PngHeader { Depth: 16, Colour: PngColour.Grey or PngColour.GreyAlpha } png)
            throw new ImageFormatException(name, "it is no 16-bit grey PNG; read it as a picture of 8 bits");
        return Grey16PngReader.Read(bytes, png, name);
    }

    /// <summary>Turns it into a picture of 8 bits.</summary>
    /// <param name="window">What is black and what is white; null for the percentiles of the picture.</param>
    /// <returns>The grey picture.</returns>
    public RgbImage Render(IntensityWindow? window = null)
    {
        var map = window ?? IntensityWindow.FromPercentiles(Samples);
        var grey = new byte[Samples.Length];
        for (var i = 0; i < grey.Length; i++)
            grey[i] = map.Map(Samples[i]);
        return RgbImage.FromGrey(Width, Height, grey);
    }
}

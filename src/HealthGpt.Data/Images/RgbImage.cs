using System.Runtime.InteropServices;
using SkiaSharp;

namespace HealthGpt.Data.Images;

/// <summary>An image of three 8-bit channels, interleaved, rows from the top. A grey image has three equal channels.</summary>
public sealed class RgbImage
{
    /// <summary>Wraps pixels that are already in memory.</summary>
    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    /// <param name="pixels">Red, green and blue of every pixel, row by row.</param>
    public RgbImage(int width, int height, byte[] pixels)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        if (pixels.Length != (long)width * height * 3)
            throw new ArgumentException($"{width} x {height} RGB pixels need {(long)width * height * 3} bytes, not {pixels.Length}", nameof(pixels));
        Width = width;
        Height = height;
        Pixels = pixels;
    }

    /// <summary>Width in pixels.</summary>
    public int Width { get; }

    /// <summary>Height in pixels.</summary>
    public int Height { get; }

    /// <summary>Red, green and blue of every pixel, row by row.</summary>
    public byte[] Pixels { get; }

    /// <summary>Whether all three channels are equal everywhere.</summary>
    public bool IsGrey
    {
        get
        {
            for (var i = 0; i < Pixels.Length; i += 3)
            {
                if (Pixels[i] != Pixels[i + 1] || Pixels[i] != Pixels[i + 2])
                    return false;
            }

            return true;
        }
    }

    /// <summary>Makes a grey image from one value a pixel.</summary>
    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    /// <param name="grey">The value of every pixel, row by row.</param>
    /// <returns>The image.</returns>
    public static RgbImage FromGrey(int width, int height, ReadOnlySpan<byte> grey)
    {
        if (grey.Length != width * height)
            throw new ArgumentException($"{width} x {height} grey pixels need {width * height} bytes, not {grey.Length}", nameof(grey));
        var pixels = new byte[grey.Length * 3];
        for (var i = 0; i < grey.Length; i++)
            pixels.AsSpan(i * 3, 3).Fill(grey[i]);
        return new RgbImage(width, height, pixels);
    }

    /// <summary>Reads an image file.</summary>
    /// <param name="path">A PNG or JPEG file.</param>
    /// <param name="options">The window of 16-bit greys and the limit on its size.</param>
    /// <returns>The image.</returns>
    /// <exception cref="ImageFormatException">The file cannot be read or is no such image.</exception>
    public static RgbImage Load(string path, ImageReadOptions? options = null) => Decode(ImageFile.Read(path), path, options);

    /// <summary>Decodes the bytes of a PNG or JPEG. Alpha is dropped, not blended; colour profiles and Exif orientation are not applied.</summary>
    /// <param name="bytes">The file's bytes.</param>
    /// <param name="name">What errors call the image.</param>
    /// <param name="options">The window of 16-bit greys and the limit on its size.</param>
    /// <returns>The image.</returns>
    /// <exception cref="ImageFormatException">The bytes are no such image.</exception>
    public static RgbImage Decode(ReadOnlySpan<byte> bytes, string name, ImageReadOptions? options = null)
    {
        options ??= new ImageReadOptions();
        var header = ImageHeader.Read(bytes, name, options);
        if (header is not PngHeader { Depth: 16 } png)
            return new RgbImage(header.Width, header.Height, DecodePixels(bytes, header, name));
        // Skia would silently keep the upper byte, which turns a 12-bit scan into a nearly black picture.
        if (png.Colour is PngColour.Grey or PngColour.GreyAlpha)
            return Grey16PngReader.Read(bytes, png, name).Render(options.Window);
        throw new ImageFormatException(name, "it is a 16-bit colour PNG and only 8-bit and 16-bit grey ones are read; save it with 8 bits");
    }

    /// <summary>The size of a PNG or JPEG, without decoding its pixels.</summary>
    /// <param name="bytes">The file's bytes.</param>
    /// <param name="name">What errors call the image.</param>
    /// <param name="options">The limit on its size.</param>
    /// <returns>Width and height in pixels.</returns>
    /// <exception cref="ImageFormatException">The bytes are no such image.</exception>
    public static (int Width, int Height) SizeOf(ReadOnlySpan<byte> bytes, string name, ImageReadOptions? options = null)
    {
        var header = ImageHeader.Read(bytes, name, options ?? new ImageReadOptions());
        return (header.Width, header.Height);
    }

    /// <summary>Encodes as PNG: 8-bit grey where the channels are equal, 8-bit RGB otherwise.</summary>
    /// <returns>The file's bytes.</returns>
    public byte[] EncodePng() => PngWriter.Encode(this);

    /// <summary>Writes <see cref="EncodePng"/> to a file.</summary>
    /// <param name="path">The file to make or replace.</param>
    public void SavePng(string path) => File.WriteAllBytes(path, EncodePng());

    private static byte[] DecodePixels(ReadOnlySpan<byte> bytes, ImageHeader header, string name)
    {
        // The decoder fills what a damaged scan lacks with grey and calls it a success.
        if (header is JpegHeader jpeg)
            CheckScans(bytes, jpeg, name);
        using var data = SKData.CreateCopy(bytes);
        using var codec = SKCodec.Create(data);
        if (codec is null || codec.Info.Width != header.Width || codec.Info.Height != header.Height)
            throw new ImageFormatException(name, "its header cannot be decoded; the file is damaged");
        var rgba = new byte[header.Width * header.Height * 4];
        var info = new SKImageInfo(header.Width, header.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        var pinned = GCHandle.Alloc(rgba, GCHandleType.Pinned);
        try
        {
            var result = codec.GetPixels(info, pinned.AddrOfPinnedObject());
            if (result != SKCodecResult.Success)
                throw new ImageFormatException(name, $"its pixels cannot be decoded ({result}); the file is damaged or cut short");
        }
        finally
        {
            pinned.Free();
        }

        return WithoutAlpha(rgba);
    }

    private static void CheckScans(ReadOnlySpan<byte> bytes, JpegHeader header, string name)
    {
        try
        {
            JpegScanCheck.Run(bytes, header);
        }
        catch (JpegFormatException error)
        {
            throw new ImageFormatException(name, $"it {error.Message}", error);
        }
    }

    private static byte[] WithoutAlpha(byte[] rgba)
    {
        var pixels = new byte[rgba.Length / 4 * 3];
        for (int from = 0, to = 0; from < rgba.Length; from += 4, to += 3)
        {
            pixels[to] = rgba[from];
            pixels[to + 1] = rgba[from + 1];
            pixels[to + 2] = rgba[from + 2];
        }

        return pixels;
    }
}

using System.Buffers.Binary;
using System.Runtime.InteropServices;
using SkiaSharp;

namespace HealthGpt.Data.Images;

/// <summary>An image of three 8-bit channels, interleaved, rows from the top. A grey image has three equal channels.</summary>
public sealed class RgbImage
{
    private const int MaximumPixels = 1 << 26;

    private static ReadOnlySpan<byte> PngSignature => [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Wraps pixels that are already in memory.</summary>
    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    /// <param name="pixels">Red, green and blue of every pixel, row by row.</param>
    public RgbImage(int width, int height, byte[] pixels)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        if (pixels.Length != width * height * 3)
            throw new ArgumentException($"{width} x {height} RGB pixels need {width * height * 3} bytes, not {pixels.Length}", nameof(pixels));
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
    /// <returns>The image.</returns>
    /// <exception cref="ImageFormatException">The file cannot be read or is no such image.</exception>
    public static RgbImage Load(string path)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ImageFormatException(path, $"cannot be read: {error.Message}", error);
        }

        return Decode(bytes, path);
    }

    /// <summary>Decodes the bytes of a PNG or JPEG. Alpha is dropped, not blended; colour profiles are not applied.</summary>
    /// <param name="bytes">The file's bytes.</param>
    /// <param name="name">What errors call the image.</param>
    /// <returns>The image.</returns>
    /// <exception cref="ImageFormatException">The bytes are no such image.</exception>
    public static RgbImage Decode(ReadOnlySpan<byte> bytes, string name)
    {
        if (bytes.IsEmpty)
            throw new ImageFormatException(name, "it is empty; give a PNG or JPEG");
        RefuseDeepPng(bytes, name);
        using var data = SKData.CreateCopy(bytes);
        using var codec = SKCodec.Create(data);
        if (codec is null || codec.EncodedFormat is not (SKEncodedImageFormat.Png or SKEncodedImageFormat.Jpeg))
            throw new ImageFormatException(name, "it is neither a PNG nor a JPEG; convert it to PNG");
        var (width, height) = (codec.Info.Width, codec.Info.Height);
        if ((long)width * height > MaximumPixels)
            throw new ImageFormatException(name, $"it has {width} x {height} pixels, more than {MaximumPixels}; make it smaller");

        var rgba = new byte[width * height * 4];
        var info = new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
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

        return new RgbImage(width, height, WithoutAlpha(rgba));
    }

    /// <summary>Encodes as PNG: 8-bit grey where the channels are equal, 8-bit RGB otherwise.</summary>
    /// <returns>The file's bytes.</returns>
    public byte[] EncodePng() => PngWriter.Encode(this);

    /// <summary>Writes <see cref="EncodePng"/> to a file.</summary>
    /// <param name="path">The file to make or replace.</param>
    public void SavePng(string path) => File.WriteAllBytes(path, EncodePng());

    private static byte[] WithoutAlpha(byte[] rgba)
    {
        var pixels = new byte[rgba.Length / 4 * 3];
        for (int from = 0, to = 0; from < rgba.Length; from += 4, to += 3)
            rgba.AsSpan(from, 3).CopyTo(pixels.AsSpan(to));
        return pixels;
    }

    // Skia would silently keep the upper byte, which turns a 12-bit scan into a nearly black picture.
    private static void RefuseDeepPng(ReadOnlySpan<byte> bytes, string name)
    {
        const int depthOffset = 24;
        if (bytes.Length <= depthOffset || !bytes.StartsWith(PngSignature) || BinaryPrimitives.ReadUInt32BigEndian(bytes[12..]) != 0x49484452)
            return;
        if (bytes[depthOffset] == 16)
            throw new ImageFormatException(name, "it is a 16-bit PNG and only 8-bit ones are read; scale it to 8 bits with the window you want seen");
    }
}

using System.Runtime.InteropServices;
using HealthGpt.Benchmarks.Measuring;
using HealthGpt.Data.Images;
using SkiaSharp;

namespace HealthGpt.Benchmarks.Images;

/// <summary>The reference-exact resize of the preprocessing against Skia's own with mipmaps, which gives other pixels; each on one thread.</summary>
internal sealed class ResizeBenchmark : IBenchmark
{
    private const int Size = 512;

    private static readonly SKSamplingOptions Smooth = new(SKFilterMode.Linear, SKMipmapMode.Linear);

    public string Name => "resize";

    public void Run(Meter meter)
    {
        var image = Picture();
        using var bitmap = Bitmap(image);
        var clip = new ClipPreparation();
        var work = new Work(1, "images");
        meter.Compare(Name, "512 x 512 to 336 x 336", Skia(bitmap, 336), Side.Of("bicubic, reference-exact", () => Resampling.Resize(image, 336, 336, ResampleFilter.Bicubic)), work);
        meter.Compare(Name, "512 x 512 to the tower's 3 x 336 x 336", Skia(bitmap, 336), Side.Of("bicubic, reference-exact, and normalised", () => clip.Prepare(image)), work);
        meter.Compare(Name, "512 x 512 to 256 x 256", Skia(bitmap, 256), Side.Of("Lanczos, reference-exact", () => Resampling.Resize(image, 256, 256, ResampleFilter.Lanczos)), work);
    }

    private static Side Skia(SKBitmap bitmap, int side)
    {
        var info = new SKImageInfo(side, side, SKColorType.Rgba8888, SKAlphaType.Opaque);
        return Side.Of("Skia, linear with linear mipmaps", () => bitmap.Resize(info, Smooth).Dispose());
    }

    private static RgbImage Picture()
    {
        var pixels = new byte[Size * Size * 3];
        new Random(20279).NextBytes(pixels);
        return new RgbImage(Size, Size, pixels);
    }

    private static SKBitmap Bitmap(RgbImage image)
    {
        var bitmap = new SKBitmap(new SKImageInfo(Size, Size, SKColorType.Rgba8888, SKAlphaType.Opaque));
        var rgba = new byte[Size * Size * 4];
        for (var i = 0; i < Size * Size; i++)
        {
            image.Pixels.AsSpan(i * 3, 3).CopyTo(rgba.AsSpan(i * 4));
            rgba[(i * 4) + 3] = byte.MaxValue;
        }

        Marshal.Copy(rgba, 0, bitmap.GetPixels(), rgba.Length);
        return bitmap;
    }
}

using HealthGpt.Storage.Files;
using SkiaSharp;

namespace HealthGpt.Cli.Pictures;

/// <summary>Draws on a white surface and writes it as PNG. A file that cannot be written whole is not there, or is the one before.</summary>
internal static class PngFile
{
    public static void Draw(string path, int width, int height, Action<SKCanvas> draw)
    {
        using var surface = SKSurface.Create(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Premul));
        surface.Canvas.Clear(SKColors.White);
        draw(surface.Canvas);
        using var image = surface.Snapshot();
        using var data = image.Encode(SKEncodedImageFormat.Png, 100);
        AtomicFile.Write(path, data.AsSpan());
    }
}

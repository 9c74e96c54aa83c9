using SkiaSharp;

namespace HealthGpt.Cli.Pictures;

/// <summary>Text in a picture.</summary>
internal static class CanvasText
{
    private static readonly SKColor Ink = new(0x22, 0x2B, 0x38);

    /// <summary>Writes a line.</summary>
    /// <param name="canvas">The picture.</param>
    /// <param name="text">The line.</param>
    /// <param name="x">Where it begins, has its middle or ends, by its alignment.</param>
    /// <param name="y">What it stands on.</param>
    /// <param name="size">Height of its letters in pixels.</param>
    /// <param name="colour">Left out, that of ink.</param>
    /// <param name="align">On which side of <paramref name="x"/> it is.</param>
    public static void Write(this SKCanvas canvas, string text, float x, float y, float size, SKColor? colour = null, SKTextAlign align = SKTextAlign.Left)
    {
        using var font = EmbeddedFont.Of(size);
        using var paint = new SKPaint { Color = colour ?? Ink, IsAntialias = true };
        canvas.DrawText(text, x, y, align, font, paint);
    }
}

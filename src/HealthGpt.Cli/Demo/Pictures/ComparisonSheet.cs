using System.Globalization;
using HealthGpt.Cli.Demo.Results;
using HealthGpt.Cli.Pictures;
using HealthGpt.Data.Images;
using SkiaSharp;

namespace HealthGpt.Cli.Demo.Pictures;

/// <summary>comparison.png: one row a drawn image; input, drawn, truth, and the truth after the image tokenizer.</summary>
internal static class ComparisonSheet
{
    private const int Shown = 256;
    private const int Gap = 20;
    private const int Header = 64;
    private const int Above = 30;
    private const int Below = 36;
    private const int Row = Above + Shown + Below;

    private static readonly SKColor Faint = new(0x5B, 0x67, 0x78);

    public static void Write(string path, IReadOnlyList<DrawnPictures> images)
    {
        var width = (4 * (Shown + Gap)) + Gap;
        PngFile.Draw(path, width, Header + (images.Count * (Row + Gap)), canvas =>
        {
            canvas.Write("Held-out slices of the same subject: says nothing about other patients", Gap, 40, 18);
            for (var i = 0; i < images.Count; i++)
                DrawRow(canvas, images[i], Header + (i * (Row + Gap)));
        });
    }

    private static void DrawRow(SKCanvas canvas, DrawnPictures row, float top)
    {
        Cell(canvas, 0, top, $"{row.Figures.Task}: input", row.Input, Figures(row.Figures.OfInput));
        Cell(canvas, 1, top, "drawn by the model", row.Drawn, Figures(row.Figures.Drawn));
        Cell(canvas, 2, top, "truth", row.Truth, $"another slice: {Figures(row.Figures.OfAnotherSlice)}");
        Cell(canvas, 3, top, "truth after the tokenizer", row.Ceiling, Figures(row.Figures.TokenizerCeiling));
    }

    private static void Cell(SKCanvas canvas, int column, float top, string caption, RgbImage image, string figures)
    {
        var left = Gap + (column * (Shown + Gap));
        canvas.Write(caption, left, top + 20, 15);
        using var bitmap = SKBitmap.Decode(image.EncodePng());
        using var picture = SKImage.FromBitmap(bitmap);
        canvas.DrawImage(picture, SKRect.Create(left, top + Above, Shown, Shown), new SKSamplingOptions(SKCubicResampler.Mitchell));
        canvas.Write(figures, left, top + Above + Shown + 22, 13, Faint);
    }

    private static string Figures(Likeness likeness) => string.Create(CultureInfo.InvariantCulture, $"PSNR {likeness.Psnr:0.0} dB, SSIM {likeness.Ssim:0.000}");
}

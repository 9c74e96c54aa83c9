using System.Globalization;
using HealthGpt.Cli.Evaluation.Scores;
using HealthGpt.Data.Images;

namespace HealthGpt.Cli.Evaluation.Pages;

/// <summary>A drawn image between its input and the truth, and where they differ.</summary>
internal static class ImageCase
{
    private const int DifferenceGain = 2;

    /// <summary>What is shown of a sample; all images have one size.</summary>
    public sealed record Parts(CheckedSample Sample, string Kind, RgbImage? Input, ImageScore? InputScore, IReadOnlyList<DrawnImage> Drawn, RgbImage Truth, ImageScore Ceiling);

    public static void Write(TextWriter page, Parts parts)
    {
        page.WriteLine("<article class=\"case image\">");
        CaseHeader.Write(page, parts.Sample, parts.Kind);
        page.WriteLine($"<p class=\"asked\" dir=\"auto\">{Html.Text(parts.Sample.Question)}</p><div class=\"row\">");
        if (parts.Input is { } input)
            Figure(page, input, "input", parts.InputScore);
        foreach (var drawn in parts.Drawn)
        {
            var name = parts.Drawn.Count == 1 ? "drawn" : $"plugin {drawn.Plugin}";
            Figure(page, drawn.Image, name, drawn.Score, "drawn");
            Figure(page, Difference(drawn.Image, parts.Truth), string.Create(CultureInfo.InvariantCulture, $"|{name} − truth|, ×{DifferenceGain}"), null);
        }

        Figure(page, parts.Truth, "truth", null, "truth");
        page.WriteLine($"</div><p class=\"ceiling\">The truth after the image tokenizer: {Scores(parts.Ceiling)}</p></article>");
    }

    private static void Figure(TextWriter page, RgbImage image, string name, ImageScore? score, string tone = "") =>
        page.WriteLine($"<figure class=\"{tone}\">{Html.Picture(image, name)}<figcaption><b>{name}</b>{(score is null ? "" : $"<br />{Scores(score)}")}</figcaption></figure>");

    private static string Scores(ImageScore score) => string.Create(CultureInfo.InvariantCulture, $"SSIM {score.Ssim:0.000}, {score.Psnr:0.0} dB");

    /// <summary>The largest difference of the channels in each pixel, made visible.</summary>
    private static RgbImage Difference(RgbImage image, RgbImage truth)
    {
        var grey = new byte[image.Width * image.Height];
        for (var at = 0; at < image.Pixels.Length; at++)
            grey[at / 3] = (byte)Math.Max(grey[at / 3], Math.Min(byte.MaxValue, DifferenceGain * Math.Abs(image.Pixels[at] - truth.Pixels[at])));
        return RgbImage.FromGrey(image.Width, image.Height, grey);
    }
}

using HealthGpt.Data.Images;
using HealthGpt.Data.Metrics;

namespace HealthGpt.Cli.Evaluation.Scores;

/// <summary>How like the truth an image is, both at the image tokenizer's resolution.</summary>
/// <param name="Ssim">Structural similarity.</param>
/// <param name="Psnr">Peak signal-to-noise ratio in dB, at most <see cref="MostPsnr"/>.</param>
/// <param name="Mse">Mean squared error, of 0..255.</param>
/// <param name="Inside">The same of the part that the sample's mask names; null where it names none.</param>
internal sealed record ImageScore(double Ssim, double Psnr, double Mse, ImageScore? Inside = null)
{
    /// <summary>What equal images count, whose ratio is infinite and has no mean.</summary>
    public const double MostPsnr = 100;

    /// <summary>What is measured of drawn images.</summary>
    public static readonly IReadOnlyList<Metric<ImageScore>> Metrics =
    [
        new MeanMetric<ImageScore>("ssim", "SSIM", true, _ => true, score => score.Ssim),
        new MeanMetric<ImageScore>("psnr", "PSNR in dB", true, _ => true, score => score.Psnr),
        new MeanMetric<ImageScore>("mse", "Mean squared error (less is better)", false, _ => true, score => score.Mse),
        new MeanMetric<ImageScore>("ssimInside", "SSIM inside the mask", true, score => score.Inside is not null, score => score.Inside!.Ssim),
        new MeanMetric<ImageScore>("psnrInside", "PSNR in dB inside the mask", true, score => score.Inside is not null, score => score.Inside!.Psnr),
        new MeanMetric<ImageScore>("mseInside", "Mean squared error inside the mask (less is better)", false, score => score.Inside is not null, score => score.Inside!.Mse),
    ];

    /// <summary>Compares.</summary>
    /// <param name="image">The image.</param>
    /// <param name="truth">The truth.</param>
    /// <param name="inside">The pixels of the mask; null where the sample has none.</param>
    public static ImageScore Of(RgbImage image, RgbImage truth, bool[]? inside)
    {
        var part = inside is null || !ImageMetrics.HasWindow(truth.Width, truth.Height, inside)
            ? null
            : new ImageScore(ImageMetrics.Ssim(image, truth, inside), Math.Min(MostPsnr, ImageMetrics.Psnr(image, truth, inside)), ImageMetrics.Mse(image, truth, inside));
        return new ImageScore(ImageMetrics.Ssim(image, truth), Math.Min(MostPsnr, ImageMetrics.Psnr(image, truth)), ImageMetrics.Mse(image, truth), part);
    }
}

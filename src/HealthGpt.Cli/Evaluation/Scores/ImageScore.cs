using HealthGpt.Data.Images;
using HealthGpt.Data.Metrics;

namespace HealthGpt.Cli.Evaluation.Scores;

/// <summary>How like the truth an image is, both at the image tokenizer's resolution.</summary>
/// <param name="Ssim">Structural similarity.</param>
/// <param name="Psnr">Peak signal-to-noise ratio in dB, at most <see cref="MostPsnr"/>.</param>
/// <param name="Mse">Mean squared error, of 0..255.</param>
internal sealed record ImageScore(double Ssim, double Psnr, double Mse)
{
    /// <summary>What equal images count, whose ratio is infinite and has no mean.</summary>
    public const double MostPsnr = 100;

    /// <summary>What is measured of drawn images.</summary>
    public static readonly IReadOnlyList<Metric<ImageScore>> Metrics =
    [
        new MeanMetric<ImageScore>("ssim", "SSIM", true, _ => true, score => score.Ssim),
        new MeanMetric<ImageScore>("psnr", "PSNR in dB", true, _ => true, score => score.Psnr),
        new MeanMetric<ImageScore>("mse", "Mean squared error (less is better)", false, _ => true, score => score.Mse),
    ];

    public static ImageScore Of(RgbImage image, RgbImage truth) =>
        new(ImageMetrics.Ssim(image, truth), Math.Min(MostPsnr, ImageMetrics.Psnr(image, truth)), ImageMetrics.Mse(image, truth));
}

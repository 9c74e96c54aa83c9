using HealthGpt.Data.Images;
using HealthGpt.Data.Metrics;

namespace HealthGpt.Cli.Demo.Results;

/// <summary>How like the truth an image is.</summary>
/// <param name="Psnr">Peak signal-to-noise ratio in dB.</param>
/// <param name="Ssim">Structural similarity.</param>
internal sealed record Likeness(double Psnr, double Ssim)
{
    public static Likeness Of(RgbImage image, RgbImage truth) => new(ImageMetrics.Psnr(image, truth), ImageMetrics.Ssim(image, truth));
}

using HealthGpt.Data.Images;

namespace HealthGpt.Data.Metrics;

/// <summary>How alike two pictures of one size are, as scikit-image computes it for 8-bit data. Of grey pictures one channel counts.</summary>
public static class ImageMetrics
{
    private const int Window = 7;
    private const int WindowPixels = Window * Window;
    private const double C1 = 0.01 * 255 * (0.01 * 255);
    private const double C2 = 0.03 * 255 * (0.03 * 255);

    /// <summary>Mean squared error, of 0..255.</summary>
    /// <param name="a">One picture.</param>
    /// <param name="b">The other.</param>
    /// <returns>0 for equal pictures, at most 65025.</returns>
    public static double Mse(RgbImage a, RgbImage b)
    {
        CheckSizes(a, b);
        long sum = 0;
        for (var i = 0; i < a.Pixels.Length; i++)
        {
            var difference = a.Pixels[i] - b.Pixels[i];
            sum += difference * difference;
        }

        return (double)sum / a.Pixels.Length;
    }

    /// <summary>Mean squared error of a part, of 0..255.</summary>
    /// <param name="a">One picture.</param>
    /// <param name="b">The other.</param>
    /// <param name="inside">Which pixels count, row by row; at least one.</param>
    /// <returns>0 for equal parts, at most 65025.</returns>
    public static double Mse(RgbImage a, RgbImage b, ReadOnlySpan<bool> inside)
    {
        CheckSizes(a, b);
        CheckMask(a, inside);
        long sum = 0, count = 0;
        for (var i = 0; i < a.Pixels.Length; i++)
        {
            if (!inside[i / 3])
                continue;
            var difference = a.Pixels[i] - b.Pixels[i];
            sum += difference * difference;
            count++;
        }

        return (double)sum / count;
    }

    /// <summary>Peak signal-to-noise ratio of a part in decibels.</summary>
    /// <param name="a">One picture.</param>
    /// <param name="b">The other.</param>
    /// <param name="inside">Which pixels count, row by row; at least one.</param>
    /// <returns>Infinity for equal parts.</returns>
    public static double Psnr(RgbImage a, RgbImage b, ReadOnlySpan<bool> inside) => 10 * Math.Log10(255.0 * 255.0 / Mse(a, b, inside));

    /// <summary>Structural similarity of a part: as <see cref="Ssim(RgbImage, RgbImage)"/>, the mean over the windows whose middle counts.</summary>
    /// <param name="a">One picture, at least 7 pixels wide and high.</param>
    /// <param name="b">The other.</param>
    /// <param name="inside">Which pixels count, row by row; at least one that has a window.</param>
    /// <returns>1 for equal parts.</returns>
    public static double Ssim(RgbImage a, RgbImage b, bool[] inside)
    {
        CheckMask(a, inside);
        return HasWindow(a.Width, a.Height, inside)
            ? MeanOfChannels(a, b, Window, channel => Ssim(a, b, channel, inside))
            : throw new ArgumentException("no pixel that counts is the middle of a window", nameof(inside));
    }

    /// <summary>Whether a part has a structural similarity.</summary>
    /// <param name="width">The pictures' width.</param>
    /// <param name="height">Their height.</param>
    /// <param name="inside">Which pixels count, row by row.</param>
    /// <returns>True if a window's middle counts.</returns>
    public static bool HasWindow(int width, int height, ReadOnlySpan<bool> inside)
    {
        for (var y = Window / 2; y < height - (Window / 2); y++)
        {
            if (width >= Window && inside.Slice((y * width) + (Window / 2), width - Window + 1).Contains(true))
                return true;
        }

        return false;
    }

    /// <summary>Peak signal-to-noise ratio in decibels.</summary>
    /// <param name="a">One picture.</param>
    /// <param name="b">The other.</param>
    /// <returns>Infinity for equal pictures.</returns>
    public static double Psnr(RgbImage a, RgbImage b) => 10 * Math.Log10(255.0 * 255.0 / Mse(a, b));

    /// <summary>Structural similarity: 7 x 7 uniform window, sample covariance, mean over the channels.</summary>
    /// <param name="a">One picture, at least 7 pixels wide and high.</param>
    /// <param name="b">The other.</param>
    /// <returns>1 for equal pictures.</returns>
    public static double Ssim(RgbImage a, RgbImage b) => MeanOfChannels(a, b, Window, channel => Ssim(a, b, channel));

    /// <summary>Structural similarity as first published (Wang et al. 2004): Gaussian window of sigma 1.5 over 11 x 11 pixels, mean over the channels.</summary>
    /// <param name="a">One picture, at least 11 pixels wide and high.</param>
    /// <param name="b">The other.</param>
    /// <returns>1 for equal pictures.</returns>
    public static double GaussianSsim(RgbImage a, RgbImage b) => MeanOfChannels(a, b, Metrics.GaussianSsim.Window, channel => new GaussianSsim(a, b).Of(channel));

    private static double MeanOfChannels(RgbImage a, RgbImage b, int window, Func<int, double> ofChannel)
    {
        CheckSizes(a, b);
        if (a.Width < window || a.Height < window)
            throw new ArgumentException($"SSIM needs pictures of at least {window} x {window} pixels, not {a.Width} x {a.Height}", nameof(a));
        var channels = a.IsGrey && b.IsGrey ? 1 : 3;
        return Enumerable.Range(0, channels).Sum(ofChannel) / channels;
    }

    private static double Ssim(RgbImage a, RgbImage b, int channel, bool[]? inside = null)
    {
        // Windows that reach over the border are left out, as scikit-image crops them.
        int columns = a.Width - Window + 1, rows = a.Height - Window + 1;
        var (sum, count) = (0.0, 0);
        for (var y = 0; y < rows; y++)
        {
            for (var x = 0; x < columns; x++)
            {
                if (inside is not null && !inside[((y + (Window / 2)) * a.Width) + x + (Window / 2)])
                    continue;
                sum += WindowSsim(a, b, (((y * a.Width) + x) * 3) + channel);
                count++;
            }
        }

        return sum / count;
    }

    private static double WindowSsim(RgbImage a, RgbImage b, int start)
    {
        int sumA = 0, sumB = 0, sumAa = 0, sumBb = 0, sumAb = 0;
        for (var row = 0; row < Window; row++, start += a.Width * 3)
        {
            for (var column = 0; column < Window; column++)
            {
                int left = a.Pixels[start + (column * 3)], right = b.Pixels[start + (column * 3)];
                sumA += left;
                sumB += right;
                sumAa += left * left;
                sumBb += right * right;
                sumAb += left * right;
            }
        }

        double meanA = (double)sumA / WindowPixels, meanB = (double)sumB / WindowPixels;
        const double samples = WindowPixels - 1;
        var varianceA = (sumAa - (meanA * sumA)) / samples;
        var varianceB = (sumBb - (meanB * sumB)) / samples;
        var covariance = (sumAb - (meanA * sumB)) / samples;
        return ((2 * meanA * meanB) + C1) * ((2 * covariance) + C2)
            / (((meanA * meanA) + (meanB * meanB) + C1) * (varianceA + varianceB + C2));
    }

    private static void CheckMask(RgbImage image, ReadOnlySpan<bool> inside)
    {
        if (inside.Length != image.Width * image.Height || !inside.Contains(true))
            throw new ArgumentException($"a mask of {image.Width} x {image.Height} pixels must have as many, some of them inside", nameof(inside));
    }

    private static void CheckSizes(RgbImage a, RgbImage b)
    {
        if (a.Width != b.Width || a.Height != b.Height)
            throw new ArgumentException($"only pictures of one size can be compared, not {a.Width} x {a.Height} with {b.Width} x {b.Height}", nameof(b));
    }
}

using HealthGpt.Data.Images;

namespace HealthGpt.Data.Metrics;

/// <summary>SSIM with a Gaussian window of sigma 1.5 and 11 x 11 pixels (Wang et al. 2004), of one channel.</summary>
internal sealed class GaussianSsim(RgbImage a, RgbImage b)
{
    public const int Window = (2 * Radius) + 1;

    private const int Radius = 5;
    private const double Sigma = 1.5;
    private const double C1 = 0.01 * 255 * (0.01 * 255);
    private const double C2 = 0.03 * 255 * (0.03 * 255);

    private static readonly double[] Weights = MakeWeights();

    private readonly int _columns = a.Width - Window + 1;
    private readonly int _rows = a.Height - Window + 1;

    /// <summary>The mean over all windows that lie inside, which is what scikit-image leaves after cropping.</summary>
    public double Of(int channel)
    {
        var meansA = Filter(i => a.Pixels[i], channel);
        var meansB = Filter(i => b.Pixels[i], channel);
        var squaresA = Filter(i => a.Pixels[i] * a.Pixels[i], channel);
        var squaresB = Filter(i => b.Pixels[i] * b.Pixels[i], channel);
        var products = Filter(i => a.Pixels[i] * b.Pixels[i], channel);
        var sum = 0.0;
        for (var i = 0; i < meansA.Length; i++)
        {
            double meanA = meansA[i], meanB = meansB[i];
            var variances = squaresA[i] - (meanA * meanA) + squaresB[i] - (meanB * meanB);
            var covariance = products[i] - (meanA * meanB);
            sum += ((2 * meanA * meanB) + C1) * ((2 * covariance) + C2) / (((meanA * meanA) + (meanB * meanB) + C1) * (variances + C2));
        }

        return sum / meansA.Length;
    }

    private double[] Filter(Func<int, int> valueOf, int channel)
    {
        var narrow = new double[_columns * a.Height];
        var line = new double[a.Width];
        for (var y = 0; y < a.Height; y++)
        {
            for (var x = 0; x < line.Length; x++)
                line[x] = valueOf((((y * a.Width) + x) * 3) + channel);
            for (var x = 0; x < _columns; x++)
                narrow[(y * _columns) + x] = Weigh(line, x, 1);
        }

        var filtered = new double[_columns * _rows];
        for (var i = 0; i < filtered.Length; i++)
            filtered[i] = Weigh(narrow, i, _columns);
        return filtered;
    }

    private static double Weigh(double[] values, int start, int step)
    {
        var sum = 0.0;
        for (var k = 0; k < Weights.Length; k++)
            sum += Weights[k] * values[start + (k * step)];
        return sum;
    }

    private static double[] MakeWeights()
    {
        var weights = Enumerable.Range(-Radius, Window).Select(i => Math.Exp(-0.5 * i * i / (Sigma * Sigma))).ToArray();
        var sum = weights.Sum();
        return [.. weights.Select(weight => weight / sum)];
    }
}

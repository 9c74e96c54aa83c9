namespace HealthGpt.Data.Images;

/// <summary>
/// The weights of one pass, in the fixed point of Pillow's 8-bit path: the released models saw images resized by it, so its rounding is part of
/// the preprocessing.
/// </summary>
internal sealed class ResampleKernel
{
    public const int PrecisionBits = 32 - 8 - 2;

    private readonly int _width;
    private readonly int[] _firsts;
    private readonly int[] _counts;
    private readonly int[] _weights;

    private ResampleKernel(int outputSize, int width)
    {
        _width = width;
        _firsts = new int[outputSize];
        _counts = new int[outputSize];
        _weights = new int[outputSize * width];
    }

    public static ResampleKernel Create(int inputSize, int outputSize, ResampleFilter filter)
    {
        var scale = (double)inputSize / outputSize;
        var filterScale = Math.Max(scale, 1.0);
        var support = Support(filter) * filterScale;
        var kernel = new ResampleKernel(outputSize, ((int)Math.Ceiling(support) * 2) + 1);
        for (var i = 0; i < outputSize; i++)
            kernel.Fill(i, (i + 0.5) * scale, support, filterScale, inputSize, filter);
        return kernel;
    }

    /// <summary>How many weights there are.</summary>
    public long Work => _counts.Sum(count => (long)count);

    public int First(int output) => _firsts[output];

    public ReadOnlySpan<int> Weights(int output) => _weights.AsSpan(output * _width, _counts[output]);

    private void Fill(int output, double centre, double support, double filterScale, int inputSize, ResampleFilter filter)
    {
        var first = Math.Max((int)(centre - support + 0.5), 0);
        var count = Math.Min((int)(centre + support + 0.5), inputSize) - first;
        Span<double> values = count <= 256 ? stackalloc double[count] : new double[count];
        var sum = 0.0;
        for (var i = 0; i < count; i++)
        {
            values[i] = Value(filter, (i + first - centre + 0.5) * (1.0 / filterScale));
            sum += values[i];
        }

        _firsts[output] = first;
        _counts[output] = count;
        for (var i = 0; i < count; i++)
        {
            var value = sum == 0.0 ? values[i] : values[i] * (1.0 / sum);
            _weights[(output * _width) + i] = (int)((value < 0 ? -0.5 : 0.5) + (value * (1 << PrecisionBits)));
        }
    }

    private static double Support(ResampleFilter filter) => filter switch
    {
        ResampleFilter.Box => 0.5,
        ResampleFilter.Bilinear => 1.0,
        ResampleFilter.Bicubic => 2.0,
        ResampleFilter.Lanczos => 3.0,
        _ => throw new ArgumentOutOfRangeException(nameof(filter), filter, "not a resample filter"),
    };

    private static double Value(ResampleFilter filter, double x) => filter switch
    {
        ResampleFilter.Box => x is > -0.5 and <= 0.5 ? 1.0 : 0.0,
        ResampleFilter.Bilinear => Math.Max(0.0, 1.0 - Math.Abs(x)),
        ResampleFilter.Bicubic => Cubic(Math.Abs(x)),
        _ => x is >= -3.0 and < 3.0 ? Sinc(x) * Sinc(x / 3) : 0.0,
    };

    private static double Cubic(double x)
    {
        const double a = -0.5;
        if (x < 1.0)
            return ((((a + 2.0) * x) - (a + 3.0)) * x * x) + 1;
        return x < 2.0 ? (((((x - 5) * x) + 8) * x) - 4) * a : 0.0;
    }

    private static double Sinc(double x)
    {
        if (x == 0.0)
            return 1.0;
        x *= Math.PI;
        return Math.Sin(x) / x;
    }
}

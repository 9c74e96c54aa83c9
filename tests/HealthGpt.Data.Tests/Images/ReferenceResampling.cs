using HealthGpt.Data.Images;

namespace HealthGpt.Data.Tests.Images;

/// <summary>Pillow's 8-bit resize written as plainly as it can be (Resample.c), pixel by pixel.</summary>
internal static class ReferenceResampling
{
    private const int Precision = 32 - 8 - 2;

    public static byte[] Resize(RgbImage image, int width, int height, ResampleFilter filter)
    {
        var pixels = image.Pixels;
        if (width != image.Width)
            pixels = Pass(pixels, image.Height, image.Width * 3, image.Width, 3, width, filter, width * 3);
        if (height != image.Height)
            pixels = Pass(pixels, width, 3, image.Height, width * 3, height, filter, 3);
        return pixels;
    }

    public static RgbImage PadToSquare(RgbImage image, byte[] colour)
    {
        var side = Math.Max(image.Width, image.Height);
        int left = (side - image.Width) / 2, top = (side - image.Height) / 2;
        var pixels = new byte[side * side * 3];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = colour[i % 3];
        for (var y = 0; y < image.Height; y++)
            image.Pixels.AsSpan(y * image.Width * 3, image.Width * 3).CopyTo(pixels.AsSpan((((top + y) * side) + left) * 3));
        return new RgbImage(side, side, pixels);
    }

    // Lines run across the axis that is resized: rows for the horizontal pass, columns for the vertical one.
    private static byte[] Pass(byte[] input, int lines, int lineStride, int size, int step, int newSize, ResampleFilter filter, int newLineStride)
    {
        var newStep = step == 3 ? 3 : step;
        var output = new byte[lines * newSize * 3];
        for (var i = 0; i < newSize; i++)
        {
            var (first, weights) = Weights(i, size, newSize, filter);
            for (var line = 0; line < lines; line++)
            {
                for (var channel = 0; channel < 3; channel++)
                {
                    var sum = 1 << (Precision - 1);
                    for (var k = 0; k < weights.Length; k++)
                        sum += input[(line * lineStride) + ((first + k) * step) + channel] * weights[k];
                    output[(line * newLineStride) + (i * newStep) + channel] = (byte)Math.Clamp(sum >> Precision, 0, 255);
                }
            }
        }

        return output;
    }

    private static (int First, int[] Weights) Weights(int output, int size, int newSize, ResampleFilter filter)
    {
        double scale = (double)size / newSize, stretch = Math.Max(1, scale), centre = (output + 0.5) * scale;
        var support = stretch * filter switch { ResampleFilter.Box => 0.5, ResampleFilter.Bilinear => 1, ResampleFilter.Bicubic => 2, _ => 3 };
        var first = Math.Max(0, (int)(centre - support + 0.5));
        var end = Math.Min(size, (int)(centre + support + 0.5));
        var values = Enumerable.Range(first, end - first).Select(i => Value(filter, (i - centre + 0.5) / stretch)).ToArray();
        var sum = values.Sum();
        return (first, [.. values.Select(value => (int)Math.Round(value / sum * (1 << Precision), MidpointRounding.AwayFromZero))]);
    }

    private static double Value(ResampleFilter filter, double x)
    {
        var a = Math.Abs(x);
        return filter switch
        {
            ResampleFilter.Box => x is > -0.5 and <= 0.5 ? 1 : 0,
            ResampleFilter.Bilinear => Math.Max(0, 1 - a),
            ResampleFilter.Bicubic => a < 1 ? (1.5 * a * a * a) - (2.5 * a * a) + 1 : a < 2 ? (-0.5 * a * a * a) + (2.5 * a * a) - (4 * a) + 2 : 0,
            _ => a < 3 ? Sinc(x) * Sinc(x / 3) : 0,
        };
    }

    private static double Sinc(double x) => x == 0 ? 1 : Math.Sin(Math.PI * x) / (Math.PI * x);
}

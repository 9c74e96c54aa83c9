namespace HealthGpt.Data.Images;

/// <summary>Resizes 8-bit images as Pillow does: antialiased, a horizontal pass, then a vertical one, each rounded to 8 bits.</summary>
public static class Resampling
{
    private const int Channels = 3;

    /// <summary>Resizes an image; the aspect ratio is the caller's.</summary>
    /// <param name="image">The image to resize; it stays as it is.</param>
    /// <param name="width">The new width in pixels.</param>
    /// <param name="height">The new height in pixels.</param>
    /// <param name="filter">The kernel.</param>
    /// <returns>The resized image.</returns>
    public static RgbImage Resize(RgbImage image, int width, int height, ResampleFilter filter)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        var pixels = image.Pixels;
        if (width != image.Width)
            pixels = ResizeRows(pixels, image.Width, image.Height, width, filter);
        if (height != image.Height)
            pixels = ResizeColumns(pixels, width, image.Height, height, filter);
        return new RgbImage(width, height, ReferenceEquals(pixels, image.Pixels) ? (byte[])pixels.Clone() : pixels);
    }

    private static byte[] ResizeRows(byte[] input, int inputWidth, int height, int width, ResampleFilter filter)
    {
        var kernel = ResampleKernel.Create(inputWidth, width, filter);
        var output = new byte[width * height * Channels];
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var source = ((y * inputWidth) + kernel.First(x)) * Channels;
                WeighPixel(input, source, Channels, kernel.Weights(x), output, ((y * width) + x) * Channels);
            }
        }

        return output;
    }

    private static byte[] ResizeColumns(byte[] input, int width, int inputHeight, int height, ResampleFilter filter)
    {
        var kernel = ResampleKernel.Create(inputHeight, height, filter);
        var output = new byte[width * height * Channels];
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var source = ((kernel.First(y) * width) + x) * Channels;
                WeighPixel(input, source, width * Channels, kernel.Weights(y), output, ((y * width) + x) * Channels);
            }
        }

        return output;
    }

    private static void WeighPixel(byte[] input, int source, int stride, ReadOnlySpan<int> weights, byte[] output, int target)
    {
        const int half = 1 << (ResampleKernel.PrecisionBits - 1);
        int red = half, green = half, blue = half;
        foreach (var weight in weights)
        {
            red += input[source] * weight;
            green += input[source + 1] * weight;
            blue += input[source + 2] * weight;
            source += stride;
        }

        output[target] = Clip(red);
        output[target + 1] = Clip(green);
        output[target + 2] = Clip(blue);
    }

    private static byte Clip(int value) => (byte)Math.Clamp(value >> ResampleKernel.PrecisionBits, 0, 255);
}

namespace HealthGpt.Data.Images;

/// <summary>Resizes 8-bit images as Pillow does: antialiased, a horizontal pass, then a vertical one, each rounded to 8 bits.</summary>
public static class Resampling
{
    private const int Channels = 3;

    /// <summary>Resizes an image; the aspect ratio is the caller's. Large images are resized on several threads, to the same bytes.</summary>
    /// <param name="image">The image to resize; it stays as it is.</param>
    /// <param name="width">The new width in pixels.</param>
    /// <param name="height">The new height in pixels.</param>
    /// <param name="filter">The kernel.</param>
    /// <returns>The resized image.</returns>
    public static RgbImage Resize(RgbImage image, int width, int height, ResampleFilter filter) =>
        Resize(image, ImageFrame.Around(image), width, height, filter, Environment.ProcessorCount);

    /// <summary>Resizes an image with the frame around it, which is never made.</summary>
    internal static RgbImage Resize(RgbImage image, ImageFrame frame, int width, int height, ResampleFilter filter, int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        var (pixels, padding) = (image.Pixels, Array.Empty<byte>());
        if (width != frame.Width || frame.Width != image.Width)
            (pixels, padding) = ResizeRows(image, frame, width, filter, threads);
        else if (frame.Height != image.Height)
            padding = frame.Row(width);
        if (height != frame.Height || frame.Height != image.Height)
            pixels = ResizeColumns(pixels, padding, image.Height, frame, width, height, filter, threads);
        return new RgbImage(width, height, ReferenceEquals(pixels, image.Pixels) ? (byte[])pixels.Clone() : pixels);
    }

    private static (byte[] Rows, byte[] Padding) ResizeRows(RgbImage image, ImageFrame frame, int width, ResampleFilter filter, int threads)
    {
        var pass = new RowResampler(frame.Width, width, filter);
        int inputLength = image.Width * Channels, length = width * Channels;
        var rows = new byte[image.Height * length];
        RowBands.Run(image.Height, pass.Work * image.Height, threads, (first, end) =>
        {
            var lanes = MakeLanes();
            for (var y = first; y < end; y++)
            {
                RowResampler.Spread(image.Pixels.AsSpan(y * inputLength, inputLength), lanes, frame.Left);
                pass.Resize(lanes, rows.AsSpan(y * length, length));
            }
        });

        var padding = new byte[length];
        pass.Resize(MakeLanes(), padding);
        return (rows, padding);

        int[] MakeLanes()
        {
            var lanes = pass.MakeLanes();
            RowResampler.Spread(frame.Row(frame.Width), lanes, 0);
            return lanes;
        }
    }

    private static byte[] ResizeColumns(byte[] pixels, byte[] padding, int count, ImageFrame frame, int width, int height, ResampleFilter filter, int threads)
    {
        var pass = new ColumnResampler(frame.Height, height, filter);
        var length = width * Channels;
        var output = new byte[height * length];
        RowBands.Run(height, pass.Work * length, threads, (first, end) =>
        {
            var rows = new ResampleRows(pixels, padding, length, count, frame.Top);
            for (var y = first; y < end; y++)
                pass.Resize(y, rows, output.AsSpan(y * length, length));
        });
        return output;
    }
}

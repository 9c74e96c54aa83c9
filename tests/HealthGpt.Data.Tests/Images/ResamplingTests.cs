using HealthGpt.Data.Images;
using HealthGpt.Data.Tests.Golden;

namespace HealthGpt.Data.Tests.Images;

public sealed class ResamplingTests
{
    private static readonly IReadOnlyDictionary<string, GoldenTensor> Expected = GoldenFile.Tensors("images", "expected.safetensors");

    // The bicubic references of other shapes were padded to a square first; the test of the CLIP preprocessing covers them.
    [Theory]
    [InlineData("bicubic_56", ResampleFilter.Bicubic, 2)]
    [InlineData("lanczos_64", ResampleFilter.Lanczos, 6)]
    [InlineData("bicubic_up_400x90", ResampleFilter.Bicubic, 1)]
    public void Resize_GivesPillowsBytes(string kind, ResampleFilter filter, int pictures)
    {
        var compared = 0;
        foreach (var (key, tensor) in Expected.Where(entry => entry.Key.EndsWith("." + kind, StringComparison.Ordinal)))
        {
            var source = RgbImage.Load(GoldenFile.PathOf("images", key.Split('.')[0] + ".png"));
            if (kind == "bicubic_56" && source.Width != source.Height)
                continue;
            var resized = Resampling.Resize(source, tensor.Shape[1], tensor.Shape[0], filter);
            // Pillow from 13 on shrinks tall pictures vertically first, which the reference of this one shows; the released models saw older ones.
            var tolerance = source.Height > 1.5 * source.Width ? 1 : 0;
            Assert.InRange(resized.Pixels.Zip(tensor.Bytes).Max(pair => Math.Abs(pair.First - pair.Second)), 0, tolerance);
            compared++;
        }

        Assert.Equal(pictures, compared);
    }

    [Fact]
    public void Resize_ToTheSameSizeCopies()
    {
        var source = new RgbImage(2, 1, [1, 2, 3, 4, 5, 6]);
        var copy = Resampling.Resize(source, 2, 1, ResampleFilter.Lanczos);
        Assert.Equal(source.Pixels, copy.Pixels);
        Assert.NotSame(source.Pixels, copy.Pixels);
    }
}

using HealthGpt.Data.Images;
using HealthGpt.Data.Tests.Golden;

namespace HealthGpt.Data.Tests.Images;

public sealed class ResamplingTests
{
    private static readonly IReadOnlyDictionary<string, GoldenTensor> Expected = GoldenFile.Tensors("images", "expected.safetensors");

    [Fact]
    public void Resize_GivesPillowsBytes()
    {
        var cases = Expected.Where(entry => entry.Value.Shape.Length == 3 && !entry.Key.EndsWith(".rgb", StringComparison.Ordinal) && !entry.Key.Contains(".clip", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(cases);
        foreach (var (key, tensor) in cases)
        {
            var (name, kind) = (key.Split('.')[0], key.Split('.')[1]);
            var source = RgbImage.Load(GoldenFile.PathOf("images", name + ".png"));
            var filter = kind.StartsWith("lanczos", StringComparison.Ordinal) ? ResampleFilter.Lanczos : ResampleFilter.Bicubic;
            // The square bicubic ones are a step of the CLIP preprocessing, which pads first.
            if (filter == ResampleFilter.Bicubic && tensor.Shape[0] == tensor.Shape[1])
                source = new ClipPreparation().PadToSquare(source);
            var resized = Resampling.Resize(source, tensor.Shape[1], tensor.Shape[0], filter);
            // Pillow from 13 on shrinks tall pictures vertically first, which the reference of this one shows; the released models saw older ones.
            var tolerance = source.Height > 1.5 * source.Width ? 1 : 0;
            var worst = resized.Pixels.Zip(tensor.Bytes).Max(pair => Math.Abs(pair.First - pair.Second));
            Assert.True(worst <= tolerance, $"{key}: differs by {worst}");
        }
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

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
                source = ReferenceResampling.PadToSquare(source, [122, 116, 104]);
            var resized = Resampling.Resize(source, tensor.Shape[1], tensor.Shape[0], filter);
            // Pillow from 13 on shrinks tall pictures vertically first, which the reference of this one shows; the released models saw older ones.
            var tolerance = source.Height > 1.5 * source.Width ? 1 : 0;
            var worst = resized.Pixels.Zip(tensor.Bytes).Max(pair => Math.Abs(pair.First - pair.Second));
            Assert.True(worst <= tolerance, $"{key}: differs by {worst}");
        }
    }

    [Theory]
    [InlineData(ResampleFilter.Box)]
    [InlineData(ResampleFilter.Bilinear)]
    [InlineData(ResampleFilter.Bicubic)]
    [InlineData(ResampleFilter.Lanczos)]
    public void Resize_GivesWhatPlainArithmeticGivesAtAnySize(ResampleFilter filter)
    {
        var random = new Random(20280);
        for (var round = 0; round < 60; round++)
        {
            var image = RandomImage(random, random.Next(1, 70), random.Next(1, 70));
            int width = random.Next(1, 70), height = random.Next(1, 70);
            var expected = ReferenceResampling.Resize(image, width, height, filter);
            Assert.True(expected.AsSpan().SequenceEqual(Resampling.Resize(image, width, height, filter).Pixels), $"{image.Width} x {image.Height} to {width} x {height}");
        }
    }

    [Fact]
    public void Resize_OfALargeImageOnSeveralThreadsGivesTheSameBytes()
    {
        var image = RandomImage(new Random(20281), 1500, 1100);
        Assert.True(ReferenceResampling.Resize(image, 700, 900, ResampleFilter.Lanczos).AsSpan().SequenceEqual(Resampling.Resize(image, 700, 900, ResampleFilter.Lanczos).Pixels));
    }

    [Fact]
    public void ClipPreparation_PadsWithoutMakingTheSquare()
    {
        var random = new Random(20282);
        var preparation = new ClipPreparation { Size = 56 };
        foreach (var (width, height) in new[] { (1, 90), (90, 1), (33, 64), (64, 33), (56, 20), (20, 56), (1, 2) })
        {
            var image = RandomImage(random, width, height);
            Assert.Equal(preparation.Prepare(ReferenceResampling.PadToSquare(image, [122, 116, 104])), preparation.Prepare(image));
        }

        // The square of this line would have 800 MB.
        var before = GC.GetAllocatedBytesForCurrentThread();
        preparation.Prepare(RandomImage(random, 16384, 1));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000_000);
    }

    [Fact]
    public void Resize_ToTheSameSizeCopies()
    {
        var source = new RgbImage(2, 1, [1, 2, 3, 4, 5, 6]);
        var copy = Resampling.Resize(source, 2, 1, ResampleFilter.Lanczos);
        Assert.Equal(source.Pixels, copy.Pixels);
        Assert.NotSame(source.Pixels, copy.Pixels);
    }

    private static RgbImage RandomImage(Random random, int width, int height)
    {
        var pixels = new byte[width * height * 3];
        random.NextBytes(pixels);
        return new RgbImage(width, height, pixels);
    }
}

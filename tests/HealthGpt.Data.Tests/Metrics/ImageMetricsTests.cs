using System.Text.Json;
using HealthGpt.Data.Images;
using HealthGpt.Data.Metrics;
using HealthGpt.Data.Tests.Golden;

namespace HealthGpt.Data.Tests.Metrics;

public sealed class ImageMetricsTests
{
    [Fact]
    public void InsideAMask_OnlyItsPixelsCount()
    {
        var random = new Random(20301);
        byte[] truth = new byte[20 * 16 * 3], other = new byte[20 * 16 * 3];
        random.NextBytes(truth);
        random.NextBytes(other);
        var inside = new bool[20 * 16];
        for (var i = 0; i < inside.Length; i++)
        {
            inside[i] = i % 20 < 10;
            if (inside[i])
                truth.AsSpan(3 * i, 3).CopyTo(other.AsSpan(3 * i));
        }

        RgbImage a = new(20, 16, truth), b = new(20, 16, other);
        bool[] all = [.. inside.Select(_ => true)], most = [.. inside.Select((_, i) => i % 20 < 7)];
        Assert.Equal(0, ImageMetrics.Mse(a, b, inside));
        Assert.InRange(ImageMetrics.Ssim(a, b, inside), ImageMetrics.Ssim(a, b), 1 - 1e-9);
        Assert.Equal(1, ImageMetrics.Ssim(a, b, most), 1e-12);
        Assert.Equal((ImageMetrics.Mse(a, b), ImageMetrics.Psnr(a, b), ImageMetrics.Ssim(a, b)), (ImageMetrics.Mse(a, b, all), ImageMetrics.Psnr(a, b, all), ImageMetrics.Ssim(a, b, all)));
        Assert.False(ImageMetrics.HasWindow(20, 16, [.. inside.Select((_, i) => i % 20 < 3)]));
    }

    [Fact]
    public void Metrics_AgreeWithScikitImage()
    {
        using var facts = JsonDocument.Parse(File.ReadAllText(GoldenFile.PathOf("metrics", "expected.json")));
        var images = GoldenFile.Tensors("metrics", "images.safetensors");
        var cases = facts.RootElement.GetProperty("cases").EnumerateArray().ToList();
        Assert.NotEmpty(cases);
        foreach (var facit in cases)
        {
            var name = facit.GetProperty("name").GetString()!;
            RgbImage a = ImageOf(images[name + ".a"]), b = ImageOf(images[name + ".b"]);
            Assert.Equal(facit.GetProperty("mse").GetDouble(), ImageMetrics.Mse(a, b), 1e-6);
            Assert.Equal(facit.GetProperty("ssim_gaussian").GetDouble(), ImageMetrics.GaussianSsim(a, b), 1e-6);
            Assert.Equal(facit.GetProperty("ssim_uniform7").GetDouble(), ImageMetrics.Ssim(a, b), 1e-6);
            if (facit.GetProperty("psnr").ValueKind == JsonValueKind.Null)
                Assert.Equal(double.PositiveInfinity, ImageMetrics.Psnr(a, b));
            else
                Assert.Equal(facit.GetProperty("psnr").GetDouble(), ImageMetrics.Psnr(a, b), 1e-6);
        }
    }

    [Fact]
    public void Metrics_RefuseDifferentSizesAndTinyPictures()
    {
        RgbImage small = new(2, 2, new byte[12]), wide = new(3, 2, new byte[18]);
        Assert.Contains("2 x 2 with 3 x 2", Assert.Throws<ArgumentException>(() => ImageMetrics.Mse(small, wide)).Message, StringComparison.Ordinal);
        Assert.Contains("11 x 11", Assert.Throws<ArgumentException>(() => ImageMetrics.GaussianSsim(small, small)).Message, StringComparison.Ordinal);
        Assert.Contains("7 x 7", Assert.Throws<ArgumentException>(() => ImageMetrics.Ssim(small, small)).Message, StringComparison.Ordinal);
    }

    private static RgbImage ImageOf(GoldenTensor tensor) => tensor.Shape.Length == 2
        ? RgbImage.FromGrey(tensor.Shape[1], tensor.Shape[0], tensor.Bytes)
        : new RgbImage(tensor.Shape[1], tensor.Shape[0], tensor.Bytes);
}

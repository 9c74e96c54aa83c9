using HealthGpt.Data.Images;
using HealthGpt.Data.Tests.Golden;

namespace HealthGpt.Data.Tests.Images;

public sealed class PreparationTests
{
    [Fact]
    public void ClipPreparation_AgreesWithTheReference()
    {
        var cases = GoldenFile.Tensors("images", "expected.safetensors").Where(entry => entry.Key.Contains(".clip", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(cases);
        foreach (var (key, tensor) in cases)
        {
            var preparation = new ClipPreparation { Size = tensor.Shape[^1] };
            var values = preparation.Prepare(RgbImage.Load(GoldenFile.PathOf("images", key.Split('.')[0] + ".png")));
            var expected = tensor.Floats;
            Assert.Equal(expected.Length, values.Length);
            var worst = 0f;
            for (var i = 0; i < values.Length; i++)
                worst = Math.Max(worst, Math.Abs(values[i] - expected[i]));
            Assert.True(worst < 1e-4, $"{key}: differs by {worst}");
        }
    }

    [Fact]
    public void ClipPreparation_ComputesEveryValueAsTheFormulaDoes()
    {
        // Cached vision features and trained weights hang on these bits.
        var image = RgbImage.Load(GoldenFile.OwnPathOf("images", "fundus_rgba.png"));
        var preparation = new ClipPreparation { Size = 80 };
        var resized = Resampling.Resize(image, 80, 80, ResampleFilter.Bicubic).Pixels;
        var expected = Enumerable.Range(0, 3 * 80 * 80).Select(i => ((resized[(i % 6400 * 3) + (i / 6400)] * (1f / 255f)) - preparation.Mean[i / 6400]) / preparation.Std[i / 6400]);
        Assert.Equal(expected, preparation.Prepare(image));
    }

    [Fact]
    public void ClipPreparation_HasTheColoursOfTheReference()
    {
        using var facts = GoldenFile.Json("images", "facts.json");
        var preparation = new ClipPreparation();
        Assert.Equal(Floats("clip_mean"), preparation.Mean);
        Assert.Equal(Floats("clip_std"), preparation.Std);
        Assert.Equal(Floats("pad_colour"), preparation.Mean.Select(mean => (float)(int)(mean * 255)));

        float[] Floats(string key) => [.. facts.RootElement.GetProperty(key).EnumerateArray().Select(value => value.GetSingle())];
    }

    [Fact]
    public void TokenizerPreparation_IsLanczosScaledToOneAroundZero()
    {
        var image = RgbImage.Load(GoldenFile.OwnPathOf("images", "fundus_rgb_wide.png"));
        var expected = Resampling.Resize(image, 64, 64, ResampleFilter.Lanczos).Pixels;
        var values = TokenizerPreparation.Prepare(image, 64);
        for (var i = 0; i < 64 * 64; i++)
        {
            for (var channel = 0; channel < 3; channel++)
                Assert.Equal((expected[(i * 3) + channel] / 127.5f) - 1f, values[(channel * 64 * 64) + i], 1e-6f);
        }
    }

    [Fact]
    public void FromModel_ClampsAndCutsInsteadOfRounding()
    {
        // One pixel a column: beyond both ends, the ends, the middle (127.5 is cut to 127), and no number.
        float[] channel = [-3f, 3f, -1f, 1f, 0f, float.NaN, 0.999f, -0.999f, 0.5f];
        var image = TokenizerPreparation.FromModel([.. channel, .. channel, .. channel], 3);
        Assert.Equal([0, 255, 0, 255, 127, 0, 254, 0, 191], image.Pixels.Where((_, i) => i % 3 == 0));
        Assert.True(image.IsGrey);
    }
}

using System.Security.Cryptography;
using HealthGpt.Data.Images;
using HealthGpt.Data.Tests.Golden;

namespace HealthGpt.Data.Tests.Images;

public sealed class RgbImageTests
{
    [Fact]
    public void Load_ReadsEveryModeAsRgb()
    {
        var expected = GoldenFile.Tensors("images", "expected.safetensors").Where(entry => entry.Key.EndsWith(".rgb", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(expected);
        foreach (var (key, tensor) in expected)
        {
            var image = RgbImage.Load(GoldenFile.PathOf("images", key.Split('.')[0] + ".png"));
            Assert.Equal((tensor.Shape[1], tensor.Shape[0]), (image.Width, image.Height));
            Assert.True(image.Pixels.AsSpan().SequenceEqual(tensor.Bytes), key);
        }
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(3, 2)]
    public void EncodePng_ComesBackAndIsGreyWhereItCanBe(int channels, byte colourType)
    {
        var random = new Random(7);
        var pixels = new byte[37 * 23 * 3];
        random.NextBytes(pixels);
        if (channels == 1)
        {
            for (var i = 0; i < pixels.Length; i++)
                pixels[i] = pixels[i / 3 * 3];
        }

        var png = new RgbImage(37, 23, pixels).EncodePng();
        Assert.Equal(colourType, png[25]);
        Assert.Equal(pixels, RgbImage.Decode(png, "made").Pixels);
    }

    // SHA-256 of the pixels that Pillow 9.4 decodes.
    [Theory]
    [InlineData("colour_420.jpg", 61, 47, "f43dcb5a6f4137a2b6b3d366e0e836f4cfe514b5342456392275f625a1f52348")]
    [InlineData("comment.jpg", 61, 47, "f43dcb5a6f4137a2b6b3d366e0e836f4cfe514b5342456392275f625a1f52348")]
    [InlineData("progressive.jpg", 61, 47, "f756ce18b1649dd343bc6c46d294a8028d0a6ec306a886f3a25a66cc0515ca55")]
    [InlineData("grey.jpg", 49, 41, "c83509c7318a271dc76293d171afe55dc707f8c94d5e39c5a0154df2055de400")]
    [InlineData("cmyk.jpg", 61, 47, "26662f119fe4512835cf1a77852e98c1f4734d6cfa4581c126b0bfb1a6438f9f")]
    public void Load_ReadsJpegsAsPillowDoes(string name, int width, int height, string sha256)
    {
        var image = RgbImage.Load(Path.Combine(AppContext.BaseDirectory, "Images", "Files", name));
        Assert.Equal((width, height), (image.Width, image.Height));
        Assert.Equal(sha256, Convert.ToHexStringLower(SHA256.HashData(image.Pixels)));
    }

    [Fact]
    public void Decode_SkipsBytesBetweenTheSegmentsOfAJpeg()
    {
        var whole = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Images", "Files", "colour_420.jpg"));
        var tables = whole.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xDB]);
        byte[] padded = [.. whole[..tables], 0, 0, 0, .. whole[tables..], 1, 2, 3];
        Assert.Equal(RgbImage.Decode(whole, "whole").Pixels, RgbImage.Decode(padded, "padded").Pixels);
    }
}

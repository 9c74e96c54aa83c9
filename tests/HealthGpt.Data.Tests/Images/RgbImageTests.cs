using HealthGpt.Data.Images;
using HealthGpt.Data.Tests.Golden;

namespace HealthGpt.Data.Tests.Images;

public sealed class RgbImageTests
{
    [Fact]
    public void Load_ReadsEveryModeAsRgb()
    {
        var expected = GoldenFile.Tensors("images", "expected.safetensors").Where(entry => entry.Key.EndsWith(".rgb", StringComparison.Ordinal)).ToList();
        Assert.Equal(6, expected.Count);
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

    [Fact]
    public void Decode_RefusesSixteenBits()
    {
        var error = Assert.Throws<ImageFormatException>(() => RgbImage.Load(GoldenFile.PathOf("images", "ct_gray16.png")));
        Assert.Contains("16-bit PNG", error.Message, StringComparison.Ordinal);
        Assert.Contains("ct_gray16.png", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Decode_RefusesWhatIsNoImageOrCutShort()
    {
        Assert.Contains("empty", Refusal([]), StringComparison.Ordinal);
        Assert.Contains("neither a PNG nor a JPEG", Refusal("hello, I am text"u8.ToArray()), StringComparison.Ordinal);
        var whole = File.ReadAllBytes(GoldenFile.PathOf("images", "cell_gray.png"));
        Assert.Contains("cut short", Refusal(whole[..(whole.Length / 2)]), StringComparison.Ordinal);
        for (var length = 1; length < 60; length++)
            Refusal(whole[..length]);
    }

    [Fact]
    public void Load_NamesAMissingFile() =>
        Assert.Contains("no-such.png", Assert.Throws<ImageFormatException>(() => RgbImage.Load("no-such.png")).Message, StringComparison.Ordinal);

    private static string Refusal(byte[] bytes) => Assert.Throws<ImageFormatException>(() => RgbImage.Decode(bytes, "upload")).Message;
}

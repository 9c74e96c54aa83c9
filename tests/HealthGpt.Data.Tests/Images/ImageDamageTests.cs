using System.Buffers.Binary;
using HealthGpt.Data.Images;
using HealthGpt.Data.Tests.Golden;

namespace HealthGpt.Data.Tests.Images;

/// <summary>Damaged and hostile pictures: each is refused by name, and before memory is taken for what it promises.</summary>
public sealed class ImageDamageTests
{
    public static TheoryData<string> SmallFiles =>
    [
        .. Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Images", "Files")),
        GoldenFile.OwnPathOf("images", "microscopy_rgb_small.png"), GoldenFile.OwnPathOf("images", "palette.png"), GoldenFile.OwnPathOf("images", "ct_gray16.png"),
    ];

    public static TheoryData<string> Jpegs => [.. Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Images", "Files"), "*.jpg")];

    [Theory]
    [MemberData(nameof(SmallFiles))]
    public void Decode_RefusesAFileCutAtAnyByte(string path)
    {
        var whole = File.ReadAllBytes(path);
        RgbImage.Decode(whole, "upload");
        for (var length = 0; length < whole.Length; length++)
            Assert.StartsWith("image 'upload': ", Refusal(whole.AsSpan(0, length).ToArray()), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Jpegs))]
    public void Decode_RefusesAJpegWhoseScanIsCutBeforeItsEndMarker(string path)
    {
        var whole = File.ReadAllBytes(path);
        var scan = whole.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xDA]);
        // The last byte may be padding alone.
        for (var length = scan + 12; length < whole.Length - 3; length++)
        {
            if (whole[length - 1] != 0xFF)
                Refusal([.. whole.AsSpan(0, length), 0xFF, 0xD9]);
        }

        Assert.Contains("damaged or cut short", Refusal([.. whole.AsSpan(0, whole.Length - 40), 0xFF, 0xD9]), StringComparison.Ordinal);
        Refusal([.. whole.AsSpan(0, whole.Length - 2), .. new byte[30], 0xFF, 0xD9]);
    }

    [Fact]
    public void Decode_RefusesWhatIsNoPicture()
    {
        Assert.Contains("empty", Refusal([]), StringComparison.Ordinal);
        Assert.Contains("neither a PNG nor a JPEG", Refusal("hello, I am text"u8.ToArray()), StringComparison.Ordinal);
        Assert.Contains("no-such.png", Assert.Throws<ImageFormatException>(() => RgbImage.Load("no-such.png")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 2, "its size is 0 x 2")]
    [InlineData(3, 0, "its size is 3 x 0")]
    [InlineData(uint.MaxValue, 2, "its size is 4294967295 x 2")]
    [InlineData(8192, 8193, "8192 x 8193 pixels, more than the limit of 67108864")]
    [InlineData(int.MaxValue, int.MaxValue, "more than the limit")]
    [InlineData(1, 16385, "1 x 16385 pixels, more than the limit of 16384 on a side")]
    [InlineData(8192, 8192, "cannot hold the 8192 x 8192 pixels")]
    public void Decode_RefusesAbsurdSizesOfAPng(uint width, uint height, string reason)
    {
        foreach (var (depth, colour) in new (byte, byte)[] { (8, 0), (8, 6), (16, 0), (1, 3) })
        {
            var bytes = new PngFile { Width = width, Height = height, Depth = depth, Colour = colour, Rows = [0] }.ToBytes();
            CheckCheapRefusal(bytes, reason);
        }
    }

    [Theory]
    [InlineData(0, 47, "its size is 0 x 47")]
    [InlineData(61, 0, "its size is 61 x 0")]
    [InlineData(65535, 65535, "65535 x 65535 pixels, more than the limit")]
    [InlineData(8000, 8000, "cannot hold the 8000 x 8000 pixels")]
    public void Decode_RefusesAbsurdSizesOfAJpeg(ushort width, ushort height, string reason)
    {
        var bytes = JpegWithFrame(0xC0, 8);
        var frame = FrameOf(bytes);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(frame + 5), height);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(frame + 7), width);
        CheckCheapRefusal(bytes, reason);
    }

    [Fact]
    public void Decode_NamesTheKindsItDoesNotRead()
    {
        Assert.Contains("12-bit JPEG", Refusal(JpegWithFrame(0xC1, 12)), StringComparison.Ordinal);
        Assert.Contains("lossless JPEG", Refusal(JpegWithFrame(0xC3, 8)), StringComparison.Ordinal);
        Assert.Contains("arithmetic", Refusal(JpegWithFrame(0xC9, 8)), StringComparison.Ordinal);
        Assert.Contains("16-bit colour PNG", Refusal(new PngFile { Width = 1, Height = 1, Colour = 2, Rows = new byte[7] }.ToBytes()), StringComparison.Ordinal);
        Assert.Contains("colour type is 5", Refusal(new PngFile { Colour = 5, Rows = new byte[99] }.ToBytes()), StringComparison.Ordinal);
    }

    [Fact]
    public void Decode_RefusesASecondFrameOfAJpeg_HoweverShort()
    {
        var whole = JpegWithFrame(0xC0, 8);
        var scan = whole.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xDA]);
        foreach (byte[] frame in (byte[][])[[0xFF, 0xC0, 0, 2], [0xFF, 0xC2, 0, 4, 8, 0], [0xFF, 0xCF, 0, 8, 8, 0, 1, 0, 1, 0]])
            Assert.Contains("two JPEG frame headers", Refusal([.. whole[..scan], .. frame, .. whole[scan..]]), StringComparison.Ordinal);
    }

    [Fact]
    public void Decode_KeepsToTheLimitItIsGiven()
    {
        var bytes = File.ReadAllBytes(GoldenFile.OwnPathOf("images", "cell_gray.png"));
        RgbImage.Decode(bytes, "upload", new ImageReadOptions { MaximumPixels = 260 * 301 });
        var error = Assert.Throws<ImageFormatException>(() => RgbImage.Decode(bytes, "upload", new ImageReadOptions { MaximumPixels = (260 * 301) - 1 }));
        Assert.Contains("more than the limit of 78259", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_RefusesAFileThatIsLongerThanAnyPicture_BeforeItIsRead()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "long.png");
        File.Copy(GoldenFile.OwnPathOf("images", "cell_gray.png"), path);
        using (var file = File.OpenWrite(path))
            file.SetLength(1L << 32);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("it has 4294967296 bytes, more than the limit of 269484032", Assert.Throws<ImageFormatException>(() => RgbImage.Load(path)).Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
    }

    [Fact]
    public void Decode_SurvivesMutations()
    {
        var wholes = SmallFiles.Select(file => File.ReadAllBytes(file.Data)).Append(new PngFile { Rows = [0, 0, 1, 0, 2, 0, 3, 0, 0, 4, 0, 5, 0, 6] }.ToBytes()).ToList();
        var random = new Random(20278);
        int read = 0, refused = 0;
        for (var round = 0; round < 3000; round++)
        {
            var bytes = (byte[])wholes[round % wholes.Count].Clone();
            for (var changes = random.Next(1, 4); changes > 0; changes--)
                bytes[random.Next(2) == 0 ? random.Next(Math.Min(200, bytes.Length)) : random.Next(bytes.Length)] = (byte)random.Next(256);
            try
            {
                RgbImage.Decode(bytes, "mutated");
                read++;
            }
            catch (ImageFormatException error)
            {
                Assert.Contains("mutated", error.Message, StringComparison.Ordinal);
                refused++;
            }
        }

        Assert.True(read > 300 && refused > 300, $"{read} read, {refused} refused");
    }

    private static void CheckCheapRefusal(byte[] bytes, string reason)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains(reason, Refusal(bytes), StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
    }

    private static byte[] JpegWithFrame(byte marker, byte precision)
    {
        var bytes = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Images", "Files", "colour_420.jpg"));
        var frame = FrameOf(bytes);
        (bytes[frame + 1], bytes[frame + 4]) = (marker, precision);
        return bytes;
    }

    private static int FrameOf(byte[] bytes) => bytes.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC0, 0, 17]) is var at and >= 0 ? at : throw new InvalidOperationException("no frame header");

    private static string Refusal(byte[] bytes) => Assert.Throws<ImageFormatException>(() => RgbImage.Decode(bytes, "upload")).Message;
}

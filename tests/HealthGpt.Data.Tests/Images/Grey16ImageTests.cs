using System.Runtime.InteropServices;
using System.Security.Cryptography;
using HealthGpt.Data.Images;
using HealthGpt.Data.Tests.Golden;

namespace HealthGpt.Data.Tests.Images;

public sealed class Grey16ImageTests
{
    private static readonly string Scan = GoldenFile.OwnPathOf("images", "ct_gray16.png");

    [Fact]
    public void Load_ReadsThePicturesOfTheReferenceThatHaveSixteenBits()
    {
        using var facts = GoldenFile.Json("images", "facts.json");
        var deep = facts.RootElement.GetProperty("images").EnumerateObject().Where(image => image.Value.GetProperty("mode").GetString() == "I;16").ToList();
        Assert.NotEmpty(deep);
        foreach (var facit in deep)
        {
            var image = Grey16Image.Load(GoldenFile.PathOf("images", facit.Name + ".png"));
            Assert.Equal(facit.Value.GetProperty("size").EnumerateArray().Select(size => size.GetInt32()), [image.Width, image.Height]);
        }
    }

    // Pillow 9.4 and numpy on the same file.
    [Fact]
    public void Load_ReadsEverySampleAndTheDefaultWindow()
    {
        var image = Grey16Image.Load(Scan);
        var bytes = MemoryMarshal.AsBytes(image.Samples.AsSpan());
        Assert.Equal("6aad4f34863f0f492825a8764125f21cc89059a93ac3450865f526f372a0c500", Convert.ToHexStringLower(SHA256.HashData(bytes)));
        Assert.Equal(new IntensityWindow(560, 26896), IntensityWindow.FromPercentiles(image.Samples));
        Assert.Equal(RgbImage.Load(Scan).Pixels, image.Render(new IntensityWindow(560, 26896)).Pixels);
        Assert.Equal(RgbImage.Load(Scan, new ImageReadOptions { Window = new(0, 33008) }).Pixels, image.Render(new IntensityWindow(0, 33008)).Pixels);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(4, 5)]
    public void Decode_UndoesEveryFilter(byte colour, int dataChunks)
    {
        var random = new Random(5);
        const int width = 9;
        var pixelBytes = colour == 4 ? 4 : 2;
        var raw = new byte[5][];
        var rows = new List<byte>();
        for (byte filter = 0; filter < raw.Length; filter++)
        {
            raw[filter] = new byte[width * pixelBytes];
            random.NextBytes(raw[filter]);
            rows.Add(filter);
            for (var i = 0; i < raw[filter].Length; i++)
            {
                int up = filter == 0 ? 0 : raw[filter - 1][i], left = i < pixelBytes ? 0 : raw[filter][i - pixelBytes], corner = i < pixelBytes || filter == 0 ? 0 : raw[filter - 1][i - pixelBytes];
                rows.Add((byte)(raw[filter][i] - Prediction(filter, left, up, corner)));
            }
        }

        var file = new PngFile { Width = width, Height = 5, Colour = colour, Rows = [.. rows], DataChunks = dataChunks };
        var expected = raw.SelectMany(row => row.Chunk(pixelBytes)).Select(pixel => (ushort)((pixel[0] << 8) | pixel[1]));
        Assert.Equal(expected, Grey16Image.Decode(file.ToBytes(), "made").Samples);
    }

    // Made by pnmtopng of netpbm 11, which writes with libpng; the SHA-256 is that of Pillow 9.4's samples.
    [Fact]
    public void Load_ReadsAnInterlacedFile()
    {
        var image = Grey16Image.Load(Path.Combine(AppContext.BaseDirectory, "Images", "Files", "interlaced_gray16.png"));
        Assert.Equal((29, 23), (image.Width, image.Height));
        Assert.Equal("0ef4e26f100513342be6df44d70042c106cdaa323da9ad7b9f9870e5f82e3c4f", Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(image.Samples.AsSpan()))));
    }

    [Fact]
    public void Decode_ReadsInterlacedPicturesOfEverySmallSize()
    {
        // PNG specification, 8.2: which pass each pixel of 8 x 8 is in.
        int[] passes = [.. "1646264677777777565656567777777736463646777777775656565677777777".Select(digit => digit - '0')];
        for (var (width, height) = (1, 1); height < 10; (width, height) = width < 9 ? (width + 1, height) : (1, height + 1))
        {
            var rows = new List<byte>();
            foreach (var pass in Enumerable.Range(1, 7))
            {
                for (var y = 0; y < height; y++)
                {
                    byte[] row = [.. Enumerable.Range(0, width).Where(x => passes[(y % 8 * 8) + (x % 8)] == pass).SelectMany(x => new[] { (byte)y, (byte)x })];
                    rows.AddRange(row.Length > 0 ? [0, .. row] : []);
                }
            }

            var image = Grey16Image.Decode(new PngFile { Width = (uint)width, Height = (uint)height, Interlace = 1, Rows = [.. rows] }.ToBytes(), "made");
            Assert.Equal(Enumerable.Range(0, width * height).Select(i => (ushort)((i / width * 256) + (i % width))), image.Samples);
        }
    }

    [Fact]
    public void Decode_RefusesWhatItCannotRead()
    {
        Contains("no 16-bit grey PNG", File.ReadAllBytes(GoldenFile.OwnPathOf("images", "palette.png")));
        byte[] rows = [0, 0, 1, 0, 2, 0, 3, 0, 0, 4, 0, 5, 0, 6];
        Assert.Equal([1, 2, 3, 4, 5, 6], Grey16Image.Decode(new PngFile { Rows = rows }.ToBytes(), "made").Samples.Select(value => (int)value));
        Contains("its data end in row 1", new PngFile { Rows = rows, Interlace = 1 }.ToBytes());
        Contains("interlacing are 0, 0 and 2", new PngFile { Rows = rows, Interlace = 2 }.ToBytes());
        Contains("its data end in row 1", new PngFile { Rows = rows[..^1] }.ToBytes());
        Contains("row 1 has filter 9", new PngFile { Rows = [.. rows[..7], 9, .. rows[8..]] }.ToBytes());
        var flipped = new PngFile { Rows = rows }.ToBytes();
        flipped[45] ^= 1;
        Contains("the checksum of its chunk at byte 33 is wrong", flipped);
    }

    [Fact]
    public void Map_RisesEvenlyAndIsNeverUndefined()
    {
        var window = new IntensityWindow(-100, 100);
        Assert.Equal([0, 0, 128, 255, 255], new double[] { double.NegativeInfinity, -100, 0, 100, double.PositiveInfinity }.Select(value => (int)window.Map(value)));
        Assert.Equal(0, window.Map(double.NaN));
        Assert.Equal([0, 0, 255], new double[] { 6, 7, 8 }.Select(value => (int)new IntensityWindow(7, 7).Map(value)));
    }

    // numpy.percentile([4, 1, 3, 2], [10, 50, 100]) is 1.3, 2.5, 4.
    [Fact]
    public void FromPercentiles_InterpolatesAndLeavesOutWhatIsNoNumber()
    {
        Assert.Equal(new IntensityWindow(1.3, 2.5), Rounded(IntensityWindow.FromPercentiles([4f, float.NaN, 1, 3, float.PositiveInfinity, 2], 10, 50)));
        Assert.Equal(new IntensityWindow(2.5, 4), Rounded(IntensityWindow.FromPercentiles((ReadOnlySpan<ushort>)[4, 1, 3, 2], 50, 100)));
        Assert.Equal(default, IntensityWindow.FromPercentiles([float.NaN]));
        Assert.Throws<ArgumentOutOfRangeException>(() => IntensityWindow.FromPercentiles([1f], 60, 40));
    }

    private static IntensityWindow Rounded(IntensityWindow window) => new(Math.Round(window.Low, 6), Math.Round(window.High, 6));

    private static int Prediction(int filter, int left, int up, int corner)
    {
        if (filter < 4)
            return filter switch { 0 => 0, 1 => left, 2 => up, _ => (left + up) / 2 };
        var estimate = left + up - corner;
        return new[] { left, up, corner }.MinBy(value => Math.Abs(estimate - value));
    }

    private static void Contains(string reason, byte[] bytes) =>
        Assert.Contains(reason, Assert.Throws<ImageFormatException>(() => Grey16Image.Decode(bytes, "made")).Message, StringComparison.Ordinal);
}

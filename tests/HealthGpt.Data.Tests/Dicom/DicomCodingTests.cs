using HealthGpt.Data.Dicom;
using SkiaSharp;

namespace HealthGpt.Data.Tests.Dicom;

/// <summary>Compressed pixels that are made here, so that they are tested where dcmtk is not installed.</summary>
public sealed class DicomCodingTests
{
    [Theory]
    [InlineData(1, 0, 0)]
    [InlineData(2, 0, 3)]
    [InlineData(3, 0, 0)]
    [InlineData(4, 0, 1)]
    [InlineData(5, 2, 0)]
    [InlineData(6, 0, 0)]
    [InlineData(7, 0, 2)]
    public void JpegLossless_OfSixteenBitsComesBack(int predictor, int pointTransform, int rowsAnInterval)
    {
        var random = new Random(predictor);
        var samples = new int[23 * 17];
        for (var i = 0; i < samples.Length; i++)
            samples[i] = i % 5 == 0 ? random.Next(65536) : Math.Min(65535, 30000 + (i * 13)) & ~((1 << pointTransform) - 1);
        for (var i = 0; i < samples.Length; i++)
            samples[i] &= ~((1 << pointTransform) - 1);
        var jpeg = new LosslessJpegEncoder(23, 17, 1, 16) { Predictor = predictor, PointTransform = pointTransform, RowsAnInterval = rowsAnInterval }.Encode(samples);
        Assert.Equal(samples, Parse(SyntheticDicom.Grey(23, 17).Fragments(jpeg), SyntheticDicom.JpegLossless).Stored());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void JpegLossless_OfColoursComesBack(bool interleaved)
    {
        var pixels = new byte[9 * 8 * 3];
        new Random(5).NextBytes(pixels);
        var jpeg = new LosslessJpegEncoder(9, 8, 3, 8) { Interleaved = interleaved, RowsAnInterval = 1 }.Encode([.. pixels.Select(value => (int)value)]);
        Assert.Equal(pixels, Parse(SyntheticDicom.Colour(9, 8, []).Fragments(jpeg), SyntheticDicom.JpegLossless).Render().Pixels);
    }

    [Fact]
    public void Fragments_MakeFramesByTheirCountTheTableOrTheirStarts()
    {
        byte[][] frames = [.. Enumerable.Range(1, 3).Select(value => new LosslessJpegEncoder(4, 4, 1, 16).Encode([.. Enumerable.Repeat(value * 100, 16)]))];
        var file = SyntheticDicom.Grey().Text(0x00280008, "IS", "3");
        Check(file.Fragments(frames));
        // Each frame in two pieces of even length, without a table and with one.
        byte[][] pieces = [.. frames.SelectMany(frame => (byte[][])[frame[..20], frame[20..]])];
        Check(file.Fragments(pieces));
        var starts = new int[3];
        for (var i = 1; i < 3; i++)
            starts[i] = starts[i - 1] + 28 + pieces[(2 * i) - 1].Length + (pieces[(2 * i) - 1].Length % 2) + 8;
        Check(file.Encapsulated([[.. starts.SelectMany(BitConverter.GetBytes)], .. pieces]));
        starts[1]++;
        Assert.Contains("entry 2 points at", Refusal(file.Encapsulated([[.. starts.SelectMany(BitConverter.GetBytes)], .. pieces])), StringComparison.Ordinal);
        Assert.Contains("2 fragments, too few for 3 frames", Refusal(file.Fragments(frames[..2])), StringComparison.Ordinal);

        static void Check(SyntheticDicom file)
        {
            var image = Parse(file, SyntheticDicom.JpegLossless);
            Assert.Equal([100, 200, 300], Enumerable.Range(0, 3).Select(frame => image.Stored(frame).Distinct().Single()));
        }

        static string Refusal(SyntheticDicom file) => Assert.Throws<DicomFormatException>(() => Parse(file, SyntheticDicom.JpegLossless)).Message;
    }

    [Fact]
    public void JpegBaseline_OfGreyIsNearTheOriginal()
    {
        using var bitmap = new SKBitmap(24, 16, SKColorType.Gray8, SKAlphaType.Opaque);
        for (var i = 0; i < 24 * 16; i++)
            bitmap.GetPixelSpan()[i] = (byte)(5 * (i % 24) + (3 * (i / 24)));
        var file = SyntheticDicom.Grey(16, 24).EightBits().Fragments(Encode(bitmap));
        var stored = Parse(file, SyntheticDicom.JpegBaseline).Stored();
        Assert.All(stored, (value, i) => Assert.InRange(value - bitmap.GetPixelSpan()[i], -3, 3));
    }

    [Fact]
    public void JpegBaseline_OfColoursIsToldByItsMarkerOrElseByTheDataSet()
    {
        using var bitmap = new SKBitmap(16, 16, SKColorType.Rgba8888, SKAlphaType.Opaque);
        bitmap.Erase(new SKColor(200, 60, 30));
        // The encoder marks its stream as JFIF: luminance and colour differences, whatever the data set says.
        var marked = Encode(bitmap);
        foreach (var photometric in (string[])["YBR_FULL_422", "RGB"])
            Assert.All(Pixels(marked, photometric), IsNearTheColour);
        var bare = marked[..2].Concat(marked.Skip(2 + 18)).ToArray();
        Assert.Equal(0xDB, bare[3]);
        Assert.All(Pixels(bare, "YBR_FULL_422"), IsNearTheColour);
        Assert.InRange(Pixels(bare, "RGB")[0].Blue, 190, 200);

        static (int Red, int Green, int Blue)[] Pixels(byte[] jpeg, string photometric)
        {
            var image = Parse(SyntheticDicom.Colour(16, 16, [], photometric).Fragments(jpeg), SyntheticDicom.JpegBaseline);
            return [.. image.Stored().Chunk(3).Select(pixel => (pixel[0], pixel[1], pixel[2]))];
        }

        static void IsNearTheColour((int Red, int Green, int Blue) pixel)
        {
            Assert.InRange(pixel.Red, 196, 204);
            Assert.InRange(pixel.Green, 56, 64);
            Assert.InRange(pixel.Blue, 26, 34);
        }
    }

    private static byte[] Encode(SKBitmap bitmap)
    {
        using var data = bitmap.Encode(SKEncodedImageFormat.Jpeg, 100);
        return data.ToArray();
    }

    private static DicomImage Parse(SyntheticDicom file, string syntax) => DicomImage.Parse(file.ToBytes(syntax), "made");
}

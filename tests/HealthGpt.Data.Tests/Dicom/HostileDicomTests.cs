using System.Buffers.Binary;
using HealthGpt.Data.Dicom;

namespace HealthGpt.Data.Tests.Dicom;

/// <summary>Files made to harm, or damaged: one kind of error, named, without large memory and without the patient.</summary>
public sealed class HostileDicomTests
{
    private const long LittleMemory = 8 << 20;

    [Fact]
    public void Parse_RefusesEveryCutFileWithItsName()
    {
        foreach (var (file, syntax) in Codings())
        {
            var bytes = file.ToBytes(syntax);
            var whole = DicomImage.Parse(bytes, "made").Stored();
            for (var length = 0; length < bytes.Length; length++)
            {
                // A byte of padding at the very end is not missed by all codings; then nothing is lost.
                if (ReadOrRefuse(bytes[..length]) is { } stored)
                    Assert.Equal(whole, stored);
            }

            Refuses("", bytes[..(bytes.Length - 9)]);
        }
    }

    [Theory]
    [InlineData(0x00280010u, 0, "(0028,0010) Rows at offset 386 is 0")]
    [InlineData(0x00280002u, 2, "SamplesPerPixel at offset 356 is 2, but MONOCHROME2 has 1")]
    [InlineData(0x00280100u, 12, "BitsAllocated at offset 406 is 12, but only 8, 16 and 32")]
    [InlineData(0x00280101u, 17, "is 17, more than the 16 bits allocated")]
    [InlineData(0x00280102u, 3, "HighBit at offset 426 is 3, but must be from 15 to 15")]
    [InlineData(0x00280103u, 7, "PixelRepresentation at offset 436 is 7")]
    [InlineData(0x00280011u, 65535, "PixelData at offset 446 has 32 bytes, but 4 x 65535 pixels")]
    public void Parse_NamesAWrongAttribute(uint tag, ushort value, string reason) =>
        Refuses(reason, SyntheticDicom.Grey().Words(tag, value).ToBytes());

    [Fact]
    public void Parse_RefusesLyingLengths()
    {
        Refuses("claims 4294967294 bytes, but the file holds 32 more", Lying(0x7FE00010, "OW", new byte[32], 4294967294));
        Refuses("has no defined length, which its transfer syntax Explicit VR Little Endian forbids", Lying(0x7FE00010, "OW", new byte[32], uint.MaxValue));
        Refuses("has a defined length, which its transfer syntax RLE Lossless forbids", SyntheticDicom.Grey().ToBytes(SyntheticDicom.Rle));
        Refuses("the fragment of (7FE0,0010) PixelData", SyntheticDicom.Grey().Fragments(new byte[8]).ToBytes(SyntheticDicom.Rle)[..^12]);
        Refuses("stands where an item of the sequence (0008,1140) should", Lying(0x00081140, "SQ", [], uint.MaxValue));
        Refuses("(0010,0010) at offset", Lying(0x00100010, "PN", [65, 66], 60000));
        // An item that claims more than its sequence, and an element that claims more than its item.
        byte[] liar = [0xFE, 0xFF, 0x00, 0xE0, 0xFF, 0, 0, 0];
        Refuses("(FFFE,E000) Item", Lying(0x00283000, "SQ", liar, 8));
        byte[] tooLong = [0xFE, 0xFF, 0x00, 0xE0, 10, 0, 0, 0, .. SyntheticDicom.Element(0x00283002, "US", [1, 0], 200)];
        Refuses("claims 200 bytes, but its item holds 2 more", Lying(0x00283000, "SQ", tooLong, 18));
    }

    [Theory]
    [InlineData(0x00081140u)]
    [InlineData(0x52009230u)]
    public void Parse_RefusesDeepSequences(uint tag)
    {
        var inner = new SyntheticDicom().Words(0x00280010, 1);
        for (var depth = 0; depth < 31; depth++)
            inner = new SyntheticDicom().Sequence(tag, inner);
        DicomImage.Parse(SyntheticDicom.Grey().Sequence(tag, inner).ToBytes(), "made");
        byte[] opening = [.. SyntheticDicom.Element(tag, "SQ", [], uint.MaxValue), 0xFE, 0xFF, 0x00, 0xE0, 0xFF, 0xFF, 0xFF, 0xFF];
        for (var depth = 0; depth < 2000; depth++)
            inner = new SyntheticDicom().Raw(tag, [.. opening, .. inner.DataSet()]);
        Refuses("is a sequence at depth 33, deeper than the 32 that are read", SyntheticDicom.Grey().Raw(tag, inner.DataSet()).ToBytes());
    }

    [Fact]
    public void Parse_StatesItsLimitsBeforeItTakesMemory()
    {
        var large = SyntheticDicom.Grey().Words(0x00280010, 65535).Words(0x00280011, 65535);
        RefusesCheaply("65535 x 65535 pixels, more than 67108864", large.ToBytes());
        var wide = SyntheticDicom.Grey().Words(0x00280010, 8192).Words(0x00280011, 8192);
        RefusesCheaply("too few for 67108864 pixels", wide.Fragments(Rle(2, [0x81, 0], [0x81, 0])).ToBytes(SyntheticDicom.Rle));
        var jpeg = new LosslessJpegEncoder(8192, 8192, 1, 16).Header();
        RefusesCheaply("too few for 67108864 samples", wide.Fragments(jpeg).ToBytes(SyntheticDicom.JpegLossless));
        byte[] baseline = [.. jpeg];
        (baseline[3], baseline[6]) = (0xC0, 8);
        RefusesCheaply("too few for 8192 x 8192 pixels", wide.EightBits().Fragments([.. baseline, 0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 0, 0]).ToBytes(SyntheticDicom.JpegBaseline));
        var frames = SyntheticDicom.Grey().Text(0x00280008, "IS", "2147483647");
        RefusesCheaply("2147483647 frames need 68719476704", frames.ToBytes());
        RefusesCheaply("1 fragments, too few for 2147483647 frames", frames.Fragments(new byte[64]).ToBytes(SyntheticDicom.Rle));
    }

    [Fact]
    public void Parse_StopsInflatingAtItsLimit()
    {
        var whole = SyntheticDicom.Grey().ToBytes(SyntheticDicom.Deflated);
        var start = whole.Length - SyntheticDicom.Deflate(SyntheticDicom.Grey().DataSet()).Length;
        var zeros = SyntheticDicom.Deflate(new byte[300 << 20]);
        RefusesCheaply("grows beyond 268435456 bytes", [.. whole[..start], .. zeros]);
        Refuses("its deflated data set, which starts at offset", [.. whole[..start], 0xFF, 0xFF, 0xFF, 0xFF]);
    }

    [Fact]
    public void Parse_RefusesDamagedRuns()
    {
        var file = SyntheticDicom.Grey();
        Refuses("ends after 15 of 16 pixels", file.Fragments(Rle(2, [0xF2, 1], [0xF1, 0])).ToBytes(SyntheticDicom.Rle));
        Refuses("has 3 RLE segments, but 1 samples of 16 bits make 2", file.Fragments(Rle(3, [0xF1, 1], [0xF1, 0])).ToBytes(SyntheticDicom.Rle));
        Refuses("but an RLE header alone has 64", file.Fragments(new byte[62]).ToBytes(SyntheticDicom.Rle));
        var outside = Rle(2, [0xF1, 1], [0xF1, 0]);
        BinaryPrimitives.WriteInt32LittleEndian(outside.AsSpan(8), 5000);
        Refuses("from 64 to 5000, but it must lie between 64 and 68", file.Fragments(outside).ToBytes(SyntheticDicom.Rle));
        // Only steps that write nothing: they end with the segment.
        Refuses("ends after 0 of 16 pixels", file.Fragments(Rle(2, [.. Enumerable.Repeat((byte)0x80, 5000)], [0xF1, 0])).ToBytes(SyntheticDicom.Rle));
    }

    [Fact]
    public void Parse_SurvivesThreeThousandMutations()
    {
        const int seed = 20261127;
        var random = new Random(seed);
        string[] files = ["MR_small_RLE.dcm", "MR_small_implicit.dcm", "MR_small_bigendian.dcm", "rtplan.dcm"];
        byte[][] sources = [.. Codings().Select(coding => coding.File.ToBytes(coding.Syntax)), .. files.Select(DicomReference.Read)];
        var (read, refused) = (0, 0);
        for (var i = 0; i < 3000; i++)
        {
            var bytes = Mutate(random, (byte[])sources[i % sources.Length].Clone());
            var before = GC.GetAllocatedBytesForCurrentThread();
            if (ReadOrRefuse(bytes, $"mutation {i} of seed {seed}") is null)
                refused++;
            else
                read++;
            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < LittleMemory, $"mutation {i} of seed {seed} takes much memory");
        }

        Assert.True(read > 300 && refused > 300, $"{read} read, {refused} refused: the mutations are too mild or too wild");
    }

    [Fact]
    public void Load_NamesAFileThatIsNotThere() =>
        Assert.Contains("no-such.dcm", Assert.Throws<DicomFormatException>(() => DicomImage.Load("no-such.dcm")).Message, StringComparison.Ordinal);

    /// <summary>A small file of every coding.</summary>
    internal static IEnumerable<(SyntheticDicom File, string Syntax)> Codings()
    {
        yield return (SyntheticDicom.Grey(), SyntheticDicom.ExplicitLittleEndian);
        yield return (Enhanced(), SyntheticDicom.ExplicitLittleEndian);
        yield return (SyntheticDicom.Grey(), SyntheticDicom.Deflated);
        yield return (SyntheticDicom.Grey().Fragments(Rle(2, [0xF1, 3], [7, 1, 2, 3, 4, 5, 6, 7, 8, 0xF9, 9])), SyntheticDicom.Rle);
        var lossless = new LosslessJpegEncoder(4, 4, 1, 16) { RowsAnInterval = 2 }.Encode([.. Enumerable.Range(0, 16).Select(i => i * 700)]);
        yield return (SyntheticDicom.Grey().Fragments(lossless), SyntheticDicom.JpegLossless);
        yield return (SyntheticDicom.Colour(8, 8, []).Fragments(Jpeg()), SyntheticDicom.JpegBaseline);
        yield return (SyntheticDicom.Colour(2, 4, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16], "YBR_FULL_422"), SyntheticDicom.ExplicitLittleEndian);
        var palette = SyntheticDicom.Grey().Text(0x00280004, "CS", "PALETTE COLOR");
        for (var i = 0u; i < 3; i++)
            palette.Words(0x00281101 + i, 4, 2, 8).Set(0x00281201 + i, "OW", [1, 2, 3, 4]);
        yield return (palette, SyntheticDicom.ExplicitLittleEndian);
    }

    // Two slices of a volume, each with a scale of its own.
    private static SyntheticDicom Enhanced()
    {
        var frames = Enumerable.Range(0, 2).Select(i => new SyntheticDicom().Sequence(0x00209113, new SyntheticDicom().Numbers(0x00200032, 1, 2, i))
            .Sequence(0x00289145, new SyntheticDicom().Numbers(0x00281052, -5).Numbers(0x00281053, 1 + i))).ToArray();
        var table = new SyntheticDicom().Words(0x00283002, 2, 0, 16).Words(0x00283006, 10, 20);
        return SyntheticDicom.Slice([0, 0, 0], [1, 0, 0, 0, 1, 0], [1, 1]).Words(0x00280010, 2).Text(0x00280008, "IS", "2")
            .Sequence(0x52009229, new SyntheticDicom()).Sequence(0x52009230, frames).Sequence(0x00081140, table).Sequence(0x00283010, table);
    }

    private static byte[] Jpeg()
    {
        using var bitmap = new SkiaSharp.SKBitmap(8, 8, SkiaSharp.SKColorType.Rgba8888, SkiaSharp.SKAlphaType.Opaque);
        bitmap.Erase(new SkiaSharp.SKColor(20, 120, 220));
        using var data = bitmap.Encode(SkiaSharp.SKEncodedImageFormat.Jpeg, 90);
        return data.ToArray();
    }

    private static byte[] Rle(int count, byte[] first, byte[] second)
    {
        var header = new byte[64];
        BinaryPrimitives.WriteInt32LittleEndian(header, count);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(4), 64);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(8), 64 + first.Length);
        return [.. header, .. first, .. second];
    }

    private static byte[] Mutate(Random random, byte[] bytes)
    {
        var from = random.Next(4) == 0 ? 0 : 132;
        for (var count = random.Next(1, 5); count > 0; count--)
        {
            var at = random.Next(from, bytes.Length - 4);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at), random.Next(2) == 0 ? -1 : random.Next());
                    break;
                case 3:
                    var length = random.Next(1, Math.Min(40, bytes.Length - at));
                    bytes.AsSpan(random.Next(bytes.Length - length), length).ToArray().CopyTo(bytes.AsSpan(at));
                    break;
                default:
                    bytes = [.. bytes[..at], .. bytes[(at + random.Next(1, Math.Min(12, bytes.Length - at)))..]];
                    if (bytes.Length < 200)
                        return bytes;
                    break;
            }
        }

        return bytes;
    }

    /// <summary>Everything that can be asked of a file; null if it was refused as it should be.</summary>
    private static int[]? ReadOrRefuse(byte[] bytes, string name = "made")
    {
        try
        {
            var image = DicomImage.Parse(bytes, name);
            int[] stored = [];
            for (var frame = Math.Min(image.Frames, 3) - 1; frame >= 0; frame--)
            {
                stored = image.Stored(frame);
                image.Render(frame);
            }

            if (!image.IsColour && image.Frames < 4)
                DicomVolumeOrRefusal(image);
            return stored;
        }
        catch (DicomFormatException error)
        {
            Assert.Contains(name, error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(SyntheticDicom.Secrets, secret => error.ToString().Contains(secret, StringComparison.Ordinal));
            return null;
        }
    }

    private static void DicomVolumeOrRefusal(DicomImage image)
    {
        try
        {
            DicomVolume.Assemble([image], "made");
        }
        catch (DicomFormatException)
        {
            // Most mutated files have no place in a volume.
        }
    }

    /// <summary>A file with an element whose length is not what it says.</summary>
    private static byte[] Lying(uint tag, string representation, byte[] value, uint length) =>
        SyntheticDicom.Grey().Raw(tag, SyntheticDicom.Element(tag, representation, value, length)).ToBytes();

    private static void Refuses(string reason, byte[] bytes)
    {
        var error = Assert.Throws<DicomFormatException>(() => DicomImage.Parse(bytes, "made").Stored());
        Assert.Equal("made", error.Name);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    private static void RefusesCheaply(string reason, byte[] bytes)
    {
        Refuses(reason, bytes);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Refuses(reason, bytes);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, LittleMemory);
    }
}

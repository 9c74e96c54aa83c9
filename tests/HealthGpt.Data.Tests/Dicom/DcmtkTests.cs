using HealthGpt.Data.Dicom;

namespace HealthGpt.Data.Tests.Dicom;

/// <summary>Files that dcmtk writes, and pictures as dcmtk shows them.</summary>
public sealed class DcmtkTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public DcmtkTests() => DicomTool.SkipUnlessInstalled("dcmconv", "dcmtk");

    public static TheoryData<string, string> Codings => new()
    {
        { "dcmconv", "+te" },
        { "dcmconv", "+ti" },
        { "dcmconv", "+tb" },
        { "dcmconv", "+td" },
        { "dcmconv", "+te +e -g" },
        { "dcmcrle", "" },
        { "dcmcjpeg", "+e1" },
        { "dcmcjpeg", "+el +sv 1" },
        { "dcmcjpeg", "+el +sv 2" },
        { "dcmcjpeg", "+el +sv 3" },
        { "dcmcjpeg", "+el +sv 4" },
        { "dcmcjpeg", "+el +sv 5" },
        { "dcmcjpeg", "+el +sv 6" },
        { "dcmcjpeg", "+el +sv 7" },
        { "dcmcjpeg", "+e1 +fs 1 -ot" },
        { "dcmcjpeg", "+e1 +fs 1" },
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Codings))]
    public void Stored_IsTheSameInEveryLosslessCoding(string tool, string options)
    {
        foreach (var source in Sources())
        {
            var image = DicomImage.Load(Made(tool, options, source));
            var original = DicomImage.Load(source);
            Assert.Equal(original.Frames, image.Frames);
            for (var frame = 0; frame < image.Frames; frame++)
                Assert.Equal(original.Stored(frame), image.Stored(frame));
        }
    }

    [Theory]
    [InlineData("+eb", 1, 1)]
    [InlineData("+ee", 1, 1)]
    [InlineData("+eb +q 60", 1, 1)]
    [InlineData("+eb +s4", 3, 2)]
    [InlineData("+eb +cr", 3, 1)]
    [InlineData("+eb", 3, 8)]
    public void JpegBaseline_IsDecodedAsDcmtkDoes(string options, int samples, int tolerance)
    {
        var pixels = new byte[40 * 48 * samples];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)(128 + (90 * Math.Sin(i / (samples * 9.0)) * Math.Cos((i / (48 * samples) / 7.0) + (i % samples))));
        var file = samples == 3 ? SyntheticDicom.Colour(40, 48, pixels) : SyntheticDicom.Grey(40, 48).EightBits().Set(0x7FE00010, "OB", pixels);
        var jpeg = Made("dcmcjpeg", options, Write("source.dcm", file));
        var image = DicomImage.Load(jpeg);
        var expected = DicomImage.Load(Made("dcmdjpeg", "", jpeg));
        var differences = image.Stored().Zip(expected.Stored(), (value, other) => Math.Abs(value - other)).ToArray();
        // Halved colours are smoothed here and repeated there.
        Assert.InRange(differences.Max(), 0, tolerance);
        Assert.InRange(differences.Average(), 0, 0.25 * tolerance);
    }

    [Fact]
    public void Load_RefusesWhatItDoesNotDecodeWithTheCommandThatConvertsIt()
    {
        var pixels = new ushort[32 * 32];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = (ushort)(i * 4);
        var source = Write("twelve.dcm", SyntheticDicom.Grey(32, 32).Words(0x00280101, 12).Words(0x00280102, 11).Set(0x7FE00010, "OW", SyntheticDicom.WordBytes(pixels)));
        Refuses(Made("dcmcjpeg", "+ee", source), "extended sequential JPEG of 12 bits", "dcmdjpeg");
        Refuses(Made("dcmcjpeg", "+ep +bt", source), "JPEG Full Progression", "dcmdjpeg");
        Assert.Equal(DicomImage.Load(source).Stored(), Refuses(Made("dcmcjpls", "+el", source), "JPEG-LS Lossless (1.2.840.10008.1.2.4.80)", "dcmdjpls").Stored());
        var bare = Path.Combine(_folder.Path, "bare.dcm");
        File.WriteAllBytes(bare, SyntheticDicom.Grey().DataSet());
        Assert.Equal(Enumerable.Range(0, 16), Refuses(bare, "without the header of Part 10", "dcmconv").Stored());
    }

    [Fact]
    public void Render_ShowsWhatDcmtkShows()
    {
        var (grey, colours) = (DicomReference.PathOf("MR_small.dcm"), DicomReference.PathOf("SC_rgb_small_odd.dcm"));
        Same(grey, "+Wi 1", null);
        Same(DicomReference.PathOf("CT_small.dcm"), "+Ww -600 1500", DicomWindow.Lung);
        Same(DicomReference.PathOf("CT_small.dcm"), "+Ww 40 80", DicomWindow.Brain);
        Same(colours, "", null);
        var inverted = Write("inverted.dcm", SyntheticDicom.Grey(16, 16).Text(0x00280004, "CS", "MONOCHROME1").Numbers(0x00281050, 120).Numbers(0x00281051, 200));
        Same(inverted, "+Wi 1", null);
        Same(Write("sigmoid.dcm", SyntheticDicom.Grey(16, 16).Numbers(0x00281050, 120).Numbers(0x00281051, 200).Text(0x00281056, "CS", "SIGMOID")), "+Wi 1", null);
        var random = new Random(3);
        var pixels = new byte[8 * 8 * 3];
        random.NextBytes(pixels);
        Same(Write("ybr.dcm", SyntheticDicom.Colour(8, 8, pixels, "YBR_FULL")), "", null, tolerance: 2);
        Same(Write("halved.dcm", SyntheticDicom.Colour(8, 8, pixels[..128], "YBR_FULL_422")), "", null, tolerance: 2);
        Same(Write("palette.dcm", Palette(random)), "", null);
    }

    private static SyntheticDicom Palette(Random random)
    {
        var file = SyntheticDicom.Grey(16, 16).Text(0x00280004, "CS", "PALETTE COLOR");
        for (var i = 0u; i < 3; i++)
        {
            var entries = new ushort[200];
            for (var j = 0; j < entries.Length; j++)
                entries[j] = (ushort)random.Next(65536);
            file.Words(0x00281101 + i, 200, 20, 16).Set(0x00281201 + i, "OW", SyntheticDicom.WordBytes(entries));
        }

        return file;
    }

    private IEnumerable<string> Sources()
    {
        var random = new Random(11);
        var frames = new ushort[3 * 20 * 30];
        for (var i = 0; i < frames.Length; i++)
            frames[i] = (ushort)(i % 7 == 0 ? random.Next(65536) : i * 9);
        var colours = new byte[20 * 30 * 3];
        random.NextBytes(colours);
        return
        [
            DicomReference.PathOf("MR_small.dcm"),
            DicomReference.PathOf("CT_small.dcm"),
            Write("frames.dcm", SyntheticDicom.Grey(20, 30).Text(0x00280008, "IS", "3").Set(0x7FE00010, "OW", SyntheticDicom.WordBytes(frames))),
            Write("colours.dcm", SyntheticDicom.Colour(20, 30, colours)),
        ];
    }

    private void Same(string path, string options, DicomWindow? window, int tolerance = 1)
    {
        var image = DicomImage.Load(path);
        var shown = File.ReadAllBytes(Made("dcm2pnm", $"+op {options}", path));
        // A PNM of one byte a channel: magic, width, height and 255, each followed by white space.
        var pixels = shown[^(image.Rows * image.Columns * (image.IsColour ? 3 : 1))..];
        var rendered = image.Render(0, window).Pixels;
        var step = rendered.Length / pixels.Length;
        for (var i = 0; i < pixels.Length; i++)
            Assert.InRange(rendered[i * step] - pixels[i], -tolerance, tolerance);
    }

    private DicomImage Refuses(string path, string reason, string tool)
    {
        var error = Assert.Throws<DicomFormatException>(() => DicomImage.Load(path).Stored());
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Contains($"with {tool} IN.dcm OUT.dcm", error.Message, StringComparison.Ordinal);
        return DicomImage.Load(Made(tool, "", path));
    }

    private string Made(string tool, string options, string source) =>
        DicomTool.Run(tool, [.. options.Split(' ', StringSplitOptions.RemoveEmptyEntries), source, Path.Combine(_folder.Path, $"{Guid.NewGuid():N}.dcm")]);

    private string Write(string name, SyntheticDicom file)
    {
        var path = Path.Combine(_folder.Path, name);
        File.WriteAllBytes(path, file.ToBytes());
        return path;
    }
}

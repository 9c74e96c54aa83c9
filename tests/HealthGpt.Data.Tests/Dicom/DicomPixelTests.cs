using HealthGpt.Data.Dicom;
using HealthGpt.Data.Images;

namespace HealthGpt.Data.Tests.Dicom;

public sealed class DicomPixelTests
{
    [Fact]
    public void Stored_TakesTheStoredBitsAndTheirSign()
    {
        // 12 bits in the upper part of 16; the lower four are somebody's overlay.
        var file = SyntheticDicom.Grey(1, 4).Words(0x00280101, 12).Words(0x00280102, 15)
            .Set(0x7FE00010, "OW", SyntheticDicom.WordBytes(0x7FFF, 0x8000, 0xFFF3, 0x0010));
        Assert.Equal([2047, 2048, 4095, 1], Parse(file).Stored());
        Assert.Equal([2047, -2048, -1, 1], Parse(file.Words(0x00280103, 1)).Stored());
        var lower = file.Words(0x00280101, 8).Words(0x00280102, 7).Set(0x7FE00010, "OW", SyntheticDicom.WordBytes(0xAAFF, 0xAA00, 0x80, 1));
        Assert.Equal([-1, 0, -128, 1], Parse(lower).Stored());
    }

    [Fact]
    public void Stored_ReadsThirtyTwoBits()
    {
        var file = SyntheticDicom.Grey(1, 2).Words(0x00280100, 32).Words(0x00280101, 32).Words(0x00280102, 31)
            .Set(0x7FE00010, "OW", SyntheticDicom.WordBytes(1, 2, 0xFFFE, 0xFFFF));
        Assert.Equal([131073, -2], Parse(file.Words(0x00280103, 1)).Stored());
        var unsigned = Parse(file.Words(0x00280103, 0));
        Assert.Contains("beyond 2147483647", Assert.Throws<DicomFormatException>(() => unsigned.Stored()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Values_AreScaledOrLookedUp()
    {
        var file = SyntheticDicom.Grey(1, 4).Numbers(0x00281052, -1024).Numbers(0x00281053, 0.5);
        Assert.Equal([-1024f, -1023.5f, -1023f, -1022.5f], Parse(file).Values());
        // A table of three values from 1 on; what lies outside takes the nearest, and the table goes before the slope.
        var table = new SyntheticDicom().Words(0x00283002, 3, 1, 16).Words(0x00283006, 10, 20, 4000);
        Assert.Equal([10f, 10f, 20f, 4000f], Parse(file.Sequence(0x00283000, table)).Values());
    }

    [Fact]
    public void Render_AppliesTheWindowOfTheFile()
    {
        var file = Levels([0, 99, 100, 150, 200, 201]).Text(0x00281050, "DS", "150\\1").Text(0x00281051, "DS", "101\\0");
        var image = Parse(file);
        Assert.Equal(new DicomWindow(150, 101), Assert.Single(image.Windows()));
        // C.11.2.1.2: from 99.5 to 199.5 in a window of 101 about 150.
        Assert.Equal([0, 0, 1, 129, 255, 255], Grey(image.Render()));
        Assert.Equal([255, 255, 254, 126, 0, 0], Grey(Parse(file.Text(0x00280004, "CS", "MONOCHROME1")).Render()));
        file.Text(0x00280004, "CS", "MONOCHROME2").Text(0x00281051, "DS", "100\\0");
        Assert.Equal([0, 0, 0, 128, 255, 255], Grey(Parse(file.Text(0x00281056, "CS", "LINEAR_EXACT")).Render()));
        Assert.Equal([1, 29, 30, 128, 225, 226], Grey(Parse(file.Text(0x00281056, "CS", "SIGMOID")).Render()));
    }

    [Fact]
    public void Render_WithoutAWindowTakesSoftTissueForCtAndPercentilesElse()
    {
        var file = Levels([0, 874, 1074, 1274, 4000]).Text(0x00080060, "CS", "CT").Numbers(0x00281052, -1024);
        var image = Parse(file);
        Assert.Equal([0, 0, 128, 255, 255], Grey(image.Render()));
        Assert.Equal(Grey(image.Render()), Grey(image.Render(0, DicomWindow.CtPresets["soft-tissue"])));
        Assert.NotEqual(Grey(image.Render()), Grey(image.Render(0, DicomWindow.Lung)));

        var ramp = new ushort[1001];
        for (var i = 0; i < ramp.Length; i++)
            ramp[i] = (ushort)(i + 5000);
        var grey = Grey(Parse(Levels(ramp)).Render());
        // The lowest and highest half per cent are black and white, the middle is grey.
        Assert.Equal((0, 0, 128, 255, 255), (grey[0], grey[5], grey[500], grey[995], grey[1000]));
        Assert.InRange(grey[10], 1, 3);
        Assert.All(Grey(Parse(Levels([7, 7, 7])).Render()), level => Assert.Equal(0, level));
    }

    [Fact]
    public void Render_UsesTheTableOfTheFileWhereItHasNoWindow()
    {
        var table = new SyntheticDicom().Words(0x00283002, 4, 0, 8).Set(0x00283006, "OW", [0, 10, 200, 255]);
        Assert.Equal([0, 10, 200, 255], Grey(Parse(SyntheticDicom.Grey(1, 4).Sequence(0x00283010, table)).Render()));
    }

    [Fact]
    public void Padding_IsBlackAndOutOfThePercentiles()
    {
        var file = Levels([65000, 100, 200, 300, 65010]).Words(0x00280120, 65000).Words(0x00280121, 65010);
        var grey = Grey(Parse(file).Render());
        Assert.Equal([0, 0, 128, 255, 0], grey);
        Assert.Equal(65000f, Parse(file).Values()[0]);
        Assert.Equal([0, 255, 127, 0, 0], Grey(Parse(file.Text(0x00280004, "CS", "MONOCHROME1")).Render()));
    }

    [Fact]
    public void Colour_ComesByPixelOrByPlane()
    {
        byte[] red = [255, 0, 0, 1], green = [0, 255, 0, 2], blue = [0, 0, 255, 3];
        byte[] expected = [255, 0, 0, 0, 255, 0, 0, 0, 255, 1, 2, 3];
        Assert.Equal(expected, Parse(SyntheticDicom.Colour(2, 2, expected)).Render().Pixels);
        Assert.Equal(expected, Parse(SyntheticDicom.Colour(2, 2, [.. red, .. green, .. blue], planar: 1)).Render().Pixels);
    }

    [Fact]
    public void Colour_OfLuminanceAndDifferencesBecomesRgb()
    {
        // Red, white, black and a green that is cut off below 0, by the equations of C.7.6.3.1.2.
        byte[] full = [76, 85, 255, 255, 128, 128, 0, 128, 128, 100, 40, 60];
        int[] expected = [254, 0, 0, 255, 255, 255, 0, 0, 0, 5, 179, 0];
        Assert.Equal(expected, Parse(SyntheticDicom.Colour(2, 2, full, "YBR_FULL")).Stored());
        byte[] halved = [76, 76, 85, 255, 0, 255, 128, 128];
        Assert.Equal([254, 0, 0, 254, 0, 0, 0, 0, 0, 255, 255, 255], Parse(SyntheticDicom.Colour(2, 2, halved, "YBR_FULL_422")).Stored());
    }

    [Theory]
    [InlineData(8)]
    [InlineData(16)]
    public void Palette_GivesItsColours(ushort bits)
    {
        var file = SyntheticDicom.Grey(1, 4).Text(0x00280004, "CS", "PALETTE COLOR");
        byte[][] channels = [[1, 2, 3], [40, 50, 60], [255, 0, 128]];
        for (var i = 0u; i < 3; i++)
        {
            file.Words(0x00281101 + i, 3, 1, bits);
            file.Set(0x00281201 + i, "OW", bits == 8 ? channels[i] : SyntheticDicom.WordBytes([.. channels[i].Select(value => (ushort)((value << 8) | 77))]));
        }

        var image = Parse(file);
        Assert.Equal([0, 1, 2, 3], image.Stored());
        Assert.Equal([1, 40, 255, 1, 40, 255, 2, 50, 0, 3, 60, 128], image.Render().Pixels);
        Assert.Contains("shows colours", Assert.Throws<DicomFormatException>(() => image.Values()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Frames_HaveTheirOwnScalesWindowsAndPlaces()
    {
        var shared = new SyntheticDicom()
            .Sequence(0x00289110, new SyntheticDicom().Numbers(0x00280030, 0.5, 0.5))
            .Sequence(0x00209116, new SyntheticDicom().Numbers(0x00200037, 1, 0, 0, 0, 1, 0))
            .Sequence(0x00289145, new SyntheticDicom().Numbers(0x00281052, 0).Numbers(0x00281053, 1));
        var frames = Enumerable.Range(0, 3).Select(i => new SyntheticDicom()
            .Sequence(0x00209113, new SyntheticDicom().Numbers(0x00200032, 1, 2, 30 - (10 * i)))
            .Sequence(0x00289132, new SyntheticDicom().Numbers(0x00281050, 100 + i).Numbers(0x00281051, 50))).ToArray();
        frames[2].Sequence(0x00289145, new SyntheticDicom().Numbers(0x00281052, -5).Numbers(0x00281053, 2));
        var file = SyntheticDicom.Grey(1, 2).Text(0x00280008, "IS", "3").Sequence(0x52009229, shared).Sequence(0x52009230, frames)
            .Set(0x7FE00010, "OW", SyntheticDicom.WordBytes(1, 2, 3, 4, 5, 6));
        var image = Parse(file);
        Assert.Equal([[1f, 2f], [3f, 4f], [5f, 7f]], Enumerable.Range(0, 3).Select(image.Values));
        Assert.Equal([100.0, 101.0, 102.0], Enumerable.Range(0, 3).Select(frame => image.Windows(frame)[0].Center));
        var volume = DicomVolume.Assemble([image], "made");
        Assert.Equal([5f, 7f, 3f, 4f, 1f, 2f], volume.Voxels.ToArray());
        Assert.Equal([-0.5, 0, 0, -1, 0, -0.5, 0, -2, 0, 0, 10, 10, 0, 0, 0, 1], volume.Affine.Cast<double>().Select(value => value + 0.0));
        var error = Assert.Throws<DicomFormatException>(() => Parse(file.Sequence(0x52009230, frames[..2])));
        Assert.Contains("2 items for 3 frames", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void BigEndianBytesWrittenAsWords_AreSwapped()
    {
        var meta = SyntheticDicom.Grey().ToBytes("1.2.840.10008.1.2.2");
        var start = meta.Length - SyntheticDicom.Grey().DataSet().Length;
        byte[] set =
        [
            0x00, 0x28, 0x00, 0x02, (byte)'U', (byte)'S', 0, 2, 0, 1,
            0x00, 0x28, 0x00, 0x04, (byte)'C', (byte)'S', 0, 12, .. "MONOCHROME2 "u8,
            0x00, 0x28, 0x00, 0x10, (byte)'U', (byte)'S', 0, 2, 0, 1,
            0x00, 0x28, 0x00, 0x11, (byte)'U', (byte)'S', 0, 2, 0, 3,
            0x00, 0x28, 0x01, 0x00, (byte)'U', (byte)'S', 0, 2, 0, 8,
            0x00, 0x28, 0x01, 0x01, (byte)'U', (byte)'S', 0, 2, 0, 8,
            0x7F, 0xE0, 0x00, 0x10, (byte)'O', (byte)'W', 0, 0, 0, 0, 0, 4, 2, 1, 0, 3,
        ];
        Assert.Equal([1, 2, 3], DicomImage.Parse([.. meta[..start], .. set], "made").Stored());
    }

    private static SyntheticDicom Levels(ushort[] values) => SyntheticDicom.Grey(1, values.Length).Set(0x7FE00010, "OW", SyntheticDicom.WordBytes(values));

    private static DicomImage Parse(SyntheticDicom file) => DicomImage.Parse(file.ToBytes(), "made");

    private static byte[] Grey(RgbImage image)
    {
        Assert.True(image.IsGrey);
        return [.. image.Pixels.Where((_, i) => i % 3 == 0)];
    }
}

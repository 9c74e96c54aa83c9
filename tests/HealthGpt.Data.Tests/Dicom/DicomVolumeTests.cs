using HealthGpt.Data.Dicom;

namespace HealthGpt.Data.Tests.Dicom;

public sealed class DicomVolumeTests : IDisposable
{
    private static readonly double[] Axial = [1, 0, 0, 0, 1, 0];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1, 0, 0, 0, 1, 0)]
    [InlineData(0, 1, 0, 0, 0, -1)]
    [InlineData(-1, 0, 0, 0, 0, -1)]
    [InlineData(0.8, 0.6, 0, 0, 0, -1)]
    public void Load_OrdersByPositionAndPlacesEveryPixel(double a, double b, double c, double d, double e, double f)
    {
        double[] row = [a, b, c], column = [d, e, f];
        double[] normal = [(b * f) - (c * e), (c * d) - (a * f), (a * e) - (b * d)];
        var places = new Dictionary<(double, double, double), float>();
        foreach (var (slice, name) in new[] { (2, "a"), (0, "b"), (3, "c"), (1, "d") })
        {
            double[] position = [.. Enumerable.Range(0, 3).Select(axis => 10 * axis - 7 + (2.5 * slice * normal[axis]))];
            var pixels = new ushort[12];
            for (var i = 0; i < 12; i++)
            {
                pixels[i] = (ushort)((slice * 100) + i);
                double[] place = [.. Enumerable.Range(0, 3).Select(axis => position[axis] + (row[axis] * 0.5 * (i % 3)) + (column[axis] * 2 * (i / 3)))];
                // DICOM counts to the left and back, the affine to the right and front.
                places[(Math.Round(-place[0], 3), Math.Round(-place[1], 3), Math.Round(place[2], 3))] = pixels[i];
            }

            var file = SyntheticDicom.Slice(position, [a, b, c, d, e, f], [2, 0.5]).Words(0x00280010, 4).Words(0x00280011, 3);
            Write(name, file.Set(0x7FE00010, "OW", SyntheticDicom.WordBytes(pixels)));
        }

        File.WriteAllText(Path.Combine(_folder.Path, "DICOMDIR"), "an index that is left alone");
        var volume = DicomVolume.Load(_folder.Path);
        Assert.Equal([3, 4, 4], volume.Shape);
        Check(volume, places);
        var canonical = volume.ToRas();
        Check(canonical, places);
        for (var axis = 0; axis < 3; axis++)
            Assert.True(canonical.Affine[axis, axis] > 0);
    }

    [Fact]
    public void Load_ReadsATiltedGantryAndASingleSlice()
    {
        for (var i = 0; i < 3; i++)
            Write($"{i}", SyntheticDicom.Slice([0, 0.4 * i, 2 * i], Axial, [1, 1]));
        var affine = DicomVolume.Load(_folder.Path).Affine;
        Assert.Equal((0, -0.4, 2), (affine[0, 2], Math.Round(affine[1, 2], 9), affine[2, 2]));
        var single = SyntheticDicom.Slice([0, 0, 0], Axial, [1, 1]);
        Assert.Equal(3, DicomVolume.Load(Write("single/one", single.Numbers(0x00180050, 3))).Affine[2, 2]);
        Assert.Contains("the volume has no depth", Refusal(Path.GetDirectoryName(Write("single/one", single.Remove(0x00180050)))!), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_ReplacesPaddingByTheLowestValue()
    {
        for (var i = 0; i < 2; i++)
            Write($"{i}", SyntheticDicom.Slice([0, 0, i], Axial, [1, 1]).Numbers(0x00281052, -1000).Words(0x00280120, 15));
        var volume = DicomVolume.Load(_folder.Path);
        Assert.Equal([-987f, -986f, -1000f, -1000f], volume.Voxels[13..17].ToArray());
    }

    [Theory]
    [InlineData("another series", "'b': it is of another series ((0020,000E) SeriesInstanceUID) than")]
    [InlineData("another modality", "'b': it is of another series")]
    [InlineData("another size", "'b': it has 2 x 4 pixels where '")]
    [InlineData("another orientation", "'b': it has another orientation ((0020,0037) ImageOrientationPatient) than")]
    [InlineData("another spacing", "'b': it has another (0028,0030) PixelSpacing than")]
    [InlineData("the negative", "'b': it shows low values bright where '")]
    [InlineData("no position", "'b': it lacks (0020,0032) ImagePositionPatient")]
    [InlineData("colours", "'b': it shows colours, which make no volume")]
    [InlineData("missing", "are 3 mm where 1 mm are usual, so slices are missing (2)")]
    [InlineData("the same place", "lie at the same place; keep one echo")]
    [InlineData("uneven", "mm off its place among slices 1 mm apart")]
    [InlineData("sideways", "mm off its place among slices 1 mm apart")]
    [InlineData("text", "'b': it has no 'DICM'")]
    public void Load_RefusesWhatMakesNoVolume(string what, string reason)
    {
        for (var i = 0; i < 5; i++)
            Write($"{(char)('a' + i)}", Slice(i));
        var slice = Slice(1);
        Write("b", what switch
        {
            "another series" => slice.Text(0x0020000E, "UI", "1.2.3.9"),
            "another modality" => slice.Text(0x00080060, "CS", "PT"),
            "another size" => slice.Words(0x00280010, 2),
            "another orientation" => slice.Numbers(0x00200037, 0, 1, 0, -1, 0, 0),
            "another spacing" => slice.Numbers(0x00280030, 1, 1.1),
            "the negative" => slice.Text(0x00280004, "CS", "MONOCHROME1"),
            "no position" => slice.Remove(0x00200032),
            "colours" => SyntheticDicom.Colour(4, 4, new byte[48]),
            "the same place" => Slice(2),
            "uneven" => Slice(1.3),
            "sideways" => slice.Numbers(0x00200032, 0.5, 0, 1),
            _ => slice,
        });
        if (what == "missing")
            Array.ForEach(["b", "c"], name => File.Delete(Path.Combine(_folder.Path, name)));
        if (what == "text")
            File.WriteAllText(Path.Combine(_folder.Path, "b"), "notes of the reader");
        Assert.Contains(reason.Replace("'b'", $"'{Path.Combine(_folder.Path, "b")}'", StringComparison.Ordinal), Refusal(_folder.Path), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_NamesTheOneThatDiffersFromMost_AlsoWhereItIsTheFirst()
    {
        Write("a", Slice(0).Numbers(0x00200037, 0, 1, 0, 0, 0, -1));
        for (var i = 1; i < 4; i++)
            Write($"{i}", Slice(i));
        Assert.Contains($"'{Path.Combine(_folder.Path, "a")}': it has another orientation", Refusal(_folder.Path), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_NamesAnEmptyOrMissingFolder()
    {
        Assert.Contains("holds no DICOM file", Refusal(_folder.Path), StringComparison.Ordinal);
        Assert.Contains("no-such-place", Refusal("no-such-place"), StringComparison.Ordinal);
    }

    private static SyntheticDicom Slice(double z) => SyntheticDicom.Slice([0, 0, z], Axial, [1, 1]);

    private static void Check(DicomVolume volume, Dictionary<(double, double, double), float> places)
    {
        Assert.Equal(places.Count, volume.Voxels.Length);
        var m = volume.Affine;
        for (var z = 0; z < volume.Shape[2]; z++)
        {
            for (var y = 0; y < volume.Shape[1]; y++)
            {
                for (var x = 0; x < volume.Shape[0]; x++)
                    Assert.Equal(places[(At(0, x, y, z), At(1, x, y, z), At(2, x, y, z))], volume[x, y, z]);
            }
        }

        double At(int line, int x, int y, int z) => Math.Round((m[line, 0] * x) + (m[line, 1] * y) + (m[line, 2] * z) + m[line, 3], 3);
    }

    private static string Refusal(string path) => Assert.Throws<DicomFormatException>(() => DicomVolume.Load(path)).Message;

    private string Write(string name, SyntheticDicom file)
    {
        var path = Path.Combine(_folder.Path, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, file.ToBytes());
        return path;
    }
}

using HealthGpt.Data.Dicom;
using HealthGpt.Data.Volumes;

namespace HealthGpt.Data.Tests.Dicom;

/// <summary>Volumes as dcm2niix makes them of the same files.</summary>
public sealed class Dcm2niixTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public Dcm2niixTests() => DicomTool.SkipUnlessInstalled("dcm2niix", "dcm2niix");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1, 0, 0, 0, 1, 0)]
    [InlineData(0, 1, 0, 0, 0, -1)]
    [InlineData(-1, 0, 0, 0, 0, -1)]
    [InlineData(0.8, 0.6, 0, 0, 0, -1)]
    [InlineData(0.8, 0.36, 0.48, -0.6, 0.48, 0.64)]
    public void Volume_HasTheVoxelsAndTheAffineOfTheNifti(double a, double b, double c, double d, double e, double f)
    {
        var random = new Random(3);
        double[] normal = [(b * f) - (c * e), (c * d) - (a * f), (a * e) - (b * d)];
        for (var i = 0; i < 5; i++)
        {
            var pixels = new ushort[16 * 12];
            for (var j = 0; j < pixels.Length; j++)
                pixels[j] = (ushort)random.Next(4000);
            var slice = SyntheticDicom.Slice([.. normal.Select((along, axis) => (10 * axis) - 7 + (2.5 * i * along))], [a, b, c, d, e, f], [2, 0.5])
                .Words(0x00280010, 16).Words(0x00280011, 12).Set(0x7FE00010, "OW", SyntheticDicom.WordBytes(pixels)).Numbers(0x00281052, -10).Numbers(0x00281053, 2)
                .Text(0x00080018, "UI", $"1.2.3.4.5.{i}").Text(0x00200013, "IS", $"{i + 1}").Text(0x00080070, "LO", "GE").Numbers(0x00180050, 2.5)
                .Text(0x00080020, "DA", "20200101").Text(0x00080032, "TM", "101010").Text(0x00080008, "CS", "ORIGINAL\\PRIMARY").Text(0x00200011, "IS", "1");
            File.WriteAllBytes(Path.Combine(_folder.Path, $"{i}.dcm"), slice.ToBytes());
        }

        DicomTool.Run("dcm2niix", "-z", "n", "-b", "n", "-f", "converted", _folder.Path);
        var expected = NiftiVolume.Load(Path.Combine(_folder.Path, "converted.nii")).ToRas();
        File.Delete(Path.Combine(_folder.Path, "converted.nii"));
        var volume = DicomVolume.Load(_folder.Path).ToRas();
        Assert.Equal(expected.Shape, volume.Shape);
        Assert.Equal(expected.Voxels, volume.Voxels);
        for (var i = 0; i < 16; i++)
            Assert.Equal(expected.Affine[i / 4, i % 4], volume.Affine[i / 4, i % 4], 1e-4);
    }
}

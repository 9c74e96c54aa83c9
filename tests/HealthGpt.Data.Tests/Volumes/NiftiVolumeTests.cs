using HealthGpt.Data.Tests.Golden;
using HealthGpt.Data.Volumes;

namespace HealthGpt.Data.Tests.Volumes;

public sealed class NiftiVolumeTests
{
    [Theory]
    [InlineData(2, 0, 255)]
    [InlineData(4, -32768, 32767)]
    [InlineData(8, -2147483648, 2147483647)]
    [InlineData(16, -1.5e20, 3.25e-20)]
    [InlineData(64, -1.5e30, 3.25e-30)]
    [InlineData(256, -128, 127)]
    [InlineData(512, 0, 65535)]
    [InlineData(768, 0, 4294967295)]
    [InlineData(1024, -9.2e18, 9.2e18)]
    [InlineData(1280, 0, 1.8e19)]
    [InlineData(1536, -1.5e30, 3.25e-30)]
    public void Parse_ReadsEveryTypeInBothVersionsAndByteOrders(short type, double lowest, double highest)
    {
        double[] values = [lowest, highest, 0, 1, 2, 100];
        foreach (var version in (int[])[1, 2])
        {
            foreach (var bigEndian in (bool[])[false, true])
            {
                var file = new NiftiFile { Version = version, BigEndian = bigEndian, Type = type, Shape = [3, 2, 1], Voxels = values };
                var plain = NiftiVolume.Parse(file.ToBytes(), "made").Voxels.ToArray();
                Assert.Equal(values.Select(value => (float)value), plain);
                Assert.Equal(plain, NiftiVolume.Parse((file with { Slope = 1 }).ToGzip(), "made").Voxels.ToArray());
                var scaled = NiftiVolume.Parse((file with { Slope = 0.5, Intercept = -3 }).ToGzip(), "made").Voxels.ToArray();
                Assert.Equal(values.Select(value => (float)((value * 0.5) - 3)), scaled);
            }
        }
    }

    [Fact]
    public void Parse_KeepsWhatIsNoFiniteNumber()
    {
        double[] values = [double.NaN, double.PositiveInfinity, double.NegativeInfinity];
        foreach (var type in (short[])[16, 64, 1536])
        {
            var voxels = NiftiVolume.Parse(new NiftiFile { Type = type, Shape = [3, 1, 1], Voxels = values }.ToBytes(), "made").Voxels.ToArray();
            Assert.Equal([float.NaN, float.PositiveInfinity, float.NegativeInfinity], voxels);
        }
    }

    [Fact]
    public void Parse_SkipsExtensionsAndReadsTheFrameAskedFor()
    {
        var file = new NiftiFile { Shape = [2, 2, 2, 3], Extension = new byte[5000] };
        foreach (var bytes in (byte[][])[file.ToBytes(), file.ToGzip()])
        {
            var volume = NiftiVolume.Parse(bytes, "made", new NiftiReadOptions { Frame = 2 });
            Assert.Equal(3, volume.Frames);
            Assert.Equal(Enumerable.Range(16, 8).Select(i => (float)i), volume.Voxels.ToArray());
            var error = Assert.Throws<NiftiFormatException>(() => NiftiVolume.Parse(bytes, "made", new NiftiReadOptions { Frame = 3 }));
            Assert.Contains("it has 3 frames, so frame 3 is none of them", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Parse_ReadsAFileOfSeveralGzipMembers()
    {
        var plain = new NiftiFile().ToBytes();
        byte[] members = [.. NiftiFile.Pack(plain[..360]), .. NiftiFile.Pack(plain[360..])];
        Assert.Equal(Enumerable.Range(0, 24).Select(i => (float)i), NiftiVolume.Parse(members, "made").Voxels.ToArray());
        byte[] lacking = [.. NiftiFile.Pack(plain[..360]), .. NiftiFile.Pack(plain[360..^4])];
        Assert.Throws<NiftiFormatException>(() => NiftiVolume.Parse(lacking, "made"));
    }

    // nibabel 5.0 on the same headers.
    [Fact]
    public void Parse_TakesSformThenQformThenVoxelSizes()
    {
        var file = new NiftiFile { VoxelSizes = [-1, 2, 3, 4], Quaternion = [0.5, 0.5, 0.5, 10, 20, 30], Rows = [] };
        foreach (var version in (int[])[1, 2])
        {
            CheckAffine([0, 0, -4, 10, 2, 0, 0, 20, 0, 3, 0, 30], file with { Version = version });
            CheckAffine([-2, 0, 0, 3, 0, 3, 0, -3, 0, 0, 4, -2], file with { Version = version, Quaternion = [] });
            CheckAffine([0, 1, 0, 5, 0, 0, 1, 6, 1, 0, 0, 7], file with { Version = version, Rows = [0, 1, 0, 5, 0, 0, 1, 6, 1, 0, 0, 7] });
        }
    }

    [Fact]
    public void ToRas_KeepsEveryVoxelAtItsPosition()
    {
        var volume = NiftiVolume.Load(GoldenFile.OwnPathOf("nifti", "made_int16.nii.gz"));
        var canonical = volume.ToRas();
        for (var axis = 0; axis < 3; axis++)
            Assert.True(canonical.Affine[axis, axis] > 0);
        var values = Positions(canonical);
        foreach (var (position, value) in Positions(volume))
            Assert.Equal(value, values[position]);
    }

    private static void CheckAffine(double[] expected, NiftiFile file)
    {
        var affine = NiftiVolume.Parse(file.ToBytes(), "made").Affine;
        for (var i = 0; i < 12; i++)
            Assert.Equal(expected[i], affine[i / 4, i % 4], 1e-6);
    }

    private static Dictionary<(double, double, double), float> Positions(NiftiVolume volume)
    {
        var positions = new Dictionary<(double, double, double), float>();
        var m = volume.Affine;
        for (var z = 0; z < volume.Shape[2]; z++)
        {
            for (var y = 0; y < volume.Shape[1]; y++)
            {
                for (var x = 0; x < volume.Shape[0]; x++)
                    positions[(At(0, x, y, z), At(1, x, y, z), At(2, x, y, z))] = volume[x, y, z];
            }
        }

        return positions;

        double At(int row, int x, int y, int z) => Math.Round((m[row, 0] * x) + (m[row, 1] * y) + (m[row, 2] * z) + m[row, 3], 3);
    }
}

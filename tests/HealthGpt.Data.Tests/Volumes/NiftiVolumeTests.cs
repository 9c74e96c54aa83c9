using System.Buffers.Binary;
using System.Text.Json;
using HealthGpt.Data.Tests.Golden;
using HealthGpt.Data.Volumes;

namespace HealthGpt.Data.Tests.Volumes;

public sealed class NiftiVolumeTests
{
    private const string Version2 = "example_nifti2.nii.gz";

    [Fact]
    public void Load_AgreesWithNibabelInTypesByteOrdersAndOrientations()
    {
        var slices = GoldenFile.Tensors("nifti", "expected.safetensors");
        using var facts = JsonDocument.Parse(File.ReadAllText(GoldenFile.PathOf("nifti", "facts.json")));
        var files = facts.RootElement.GetProperty("files").EnumerateArray().Where(file => file.GetProperty("file").GetString() != Version2).ToList();
        Assert.Equal(10, files.Count);
        foreach (var file in files)
        {
            var name = file.GetProperty("file").GetString()!;
            var volume = NiftiVolume.Load(GoldenFile.PathOf("nifti", name));
            Assert.Equal(file.GetProperty("shape").EnumerateArray().Select(size => size.GetInt32()).Take(3), volume.Shape);
            var affine = file.GetProperty("affine").EnumerateArray().SelectMany(row => row.EnumerateArray()).Select(value => value.GetDouble()).ToArray();
            for (var i = 0; i < 16; i++)
                Assert.Equal(affine[i], volume.Affine[i / 4, i % 4], 1e-5);
            CheckMiddleSlice(name, volume.ToRas(), slices[name + ".axial_middle_ras"]);
        }
    }

    [Fact]
    public void ToRas_KeepsEveryVoxelAtItsPosition()
    {
        var volume = NiftiVolume.Load(GoldenFile.PathOf("nifti", "made_int16.nii.gz"));
        var canonical = volume.ToRas();
        for (var axis = 0; axis < 3; axis++)
            Assert.True(canonical.Affine[axis, axis] > 0);
        var values = Positions(canonical);
        foreach (var (position, value) in Positions(volume))
            Assert.Equal(value, values[position]);
    }

    [Theory]
    [InlineData(0, 999, "its header size is 999")]
    [InlineData(0, 540, "NIfTI-2")]
    [InlineData(40, 9, "dim[0] is 9")]
    [InlineData(42, 0, "dim[1] is 0")]
    [InlineData(42, 30000, "cut short")]
    [InlineData(70, 128, "datatype is 128")]
    [InlineData(72, 16, "bitpix is 16")]
    [InlineData(344, 0, "magic")]
    public void Parse_RefusesABadHeader(int offset, short value, string reason)
    {
        var bytes = SyntheticNifti.Make([4, 3, 2], (_, _, _) => 1);
        BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(offset), value);
        Assert.Contains(reason, Refusal(bytes), StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_RefusesAnImpossibleAffineOrOffset()
    {
        var bytes = SyntheticNifti.Make([4, 3, 2], (_, _, _) => 1);
        BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(108), float.NaN);
        Assert.Contains("vox_offset", Refusal(bytes), StringComparison.Ordinal);
        bytes = SyntheticNifti.Make([4, 3, 2], (_, _, _) => 1);
        BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(280), 0);
        Assert.Contains("singular", Refusal(bytes), StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_RefusesEveryCutFile()
    {
        var plain = SyntheticNifti.Make([4, 3, 2], (_, _, _) => 1);
        for (var length = 0; length < plain.Length; length++)
            Refusal(plain[..length]);
        var packed = File.ReadAllBytes(GoldenFile.PathOf("nifti", "made_float32.nii.gz"));
        Refusal(packed[..(packed.Length / 2)]);
    }

    [Fact]
    public void Load_RefusesNifti2AndAMissingFile()
    {
        Assert.Contains("NIfTI-2", Assert.Throws<NiftiFormatException>(() => NiftiVolume.Load(GoldenFile.PathOf("nifti", Version2))).Message, StringComparison.Ordinal);
        Assert.Contains("none.nii", Assert.Throws<NiftiFormatException>(() => NiftiVolume.Load("none.nii")).Message, StringComparison.Ordinal);
    }

    private static void CheckMiddleSlice(string name, NiftiVolume volume, GoldenTensor expected)
    {
        Assert.Equal(expected.Shape, volume.Shape.Take(2));
        var z = volume.Shape[2] / 2;
        for (var x = 0; x < volume.Shape[0]; x++)
        {
            for (var y = 0; y < volume.Shape[1]; y++)
            {
                float value = volume[x, y, z], truth = expected.Floats[(x * volume.Shape[1]) + y];
                Assert.True(value.Equals(truth) || Math.Abs(value - truth) <= 1e-5 * Math.Max(1, Math.Abs(truth)), $"{name} [{x},{y},{z}]: {value}, not {truth}");
            }
        }
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

    private static string Refusal(byte[] bytes) => Assert.Throws<NiftiFormatException>(() => NiftiVolume.Parse(bytes, "made")).Message;
}

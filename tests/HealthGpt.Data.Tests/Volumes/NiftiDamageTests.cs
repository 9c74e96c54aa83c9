using System.Buffers.Binary;
using HealthGpt.Data.Tests.Golden;
using HealthGpt.Data.Volumes;

namespace HealthGpt.Data.Tests.Volumes;

/// <summary>Damaged and hostile files: each is refused by name, and before memory is taken for what it promises.</summary>
public sealed class NiftiDamageTests
{
    [Theory]
    [InlineData(0, 999, "its header size is 999")]
    [InlineData(0, 540, "magic is not 'n+2'")]
    [InlineData(40, 9, "dim[0] is 9")]
    [InlineData(40, -1, "dim[0] is -1")]
    [InlineData(42, 0, "dim[1] is 0")]
    [InlineData(44, -3, "dim[2] is -3")]
    [InlineData(42, 30000, "cut short")]
    [InlineData(70, 128, "datatype is 128 (RGB colours)")]
    [InlineData(70, 77, "datatype is 77")]
    [InlineData(72, 16, "bitpix is 16")]
    [InlineData(344, 0, "magic")]
    [InlineData(344, 0x696E, "separate .img file; make one file of the two with: fslchfiletype NIFTI_GZ NAME (of FSL)")]
    public void Parse_RefusesABadHeader(int offset, short value, string reason)
    {
        var bytes = new NiftiFile { Type = 2 }.ToBytes();
        bytes.AsSpan(352, 24).Clear();
        BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(offset), value);
        // A NIfTI-2 header is longer than this whole file.
        Array.Resize(ref bytes, offset == 0 ? 1000 : bytes.Length);
        Assert.Contains(reason, Refusal(bytes), StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_RefusesExtentsOfTheSecondVersion()
    {
        foreach (var (extent, reason) in new[] { (-1L, "dim[1] is -1"), (0L, "dim[1] is 0"), (long.MaxValue, "dim[1] is 9223372036854775807"), (1L << 30, "more than 268435456") })
        {
            var bytes = new NiftiFile { Version = 2, Type = 2 }.ToBytes();
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(24), extent);
            Assert.Contains(reason, Refusal(bytes), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(0, "vox_offset is 0")]
    [InlineData(-352, "vox_offset is -352")]
    [InlineData(float.NaN, "vox_offset is NaN")]
    [InlineData(1e30f, "vox_offset is 1")]
    [InlineData(352.5f, "vox_offset is 352.5")]
    [InlineData(360, "cut short")]
    [InlineData(5000, "it holds 0 bytes of voxels from vox_offset 5000 on")]
    public void Parse_RefusesAWrongOffset(float offset, string reason)
    {
        var bytes = new NiftiFile { Type = 2 }.ToBytes();
        BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(108), offset);
        Assert.Contains(reason, Refusal(bytes), StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_RefusesAnImpossibleAffineOrScale()
    {
        Assert.Contains("singular", Refusal(new NiftiFile { Rows = new double[12] }.ToBytes()), StringComparison.Ordinal);
        Assert.Contains("no number", Refusal(new NiftiFile { Rows = [double.NaN, .. new double[11]] }.ToBytes()), StringComparison.Ordinal);
        Assert.Contains("add up to 3", Refusal(new NiftiFile { Rows = [], Quaternion = [1, 1, 1, 0, 0, 0] }.ToBytes()), StringComparison.Ordinal);
        Assert.Contains("no number", Refusal(new NiftiFile { Rows = [], VoxelSizes = [1, 1, double.NaN, 1] }.ToBytes()), StringComparison.Ordinal);
        Assert.Contains("scl_inter is NaN", Refusal(new NiftiFile { Slope = 1, Intercept = double.NaN }.ToBytes()), StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_RefusesEveryCutFile()
    {
        byte[][] wholes =
        [
            new NiftiFile { Type = 2 }.ToBytes(), new NiftiFile { Version = 2, BigEndian = true }.ToBytes(),
            new NiftiFile { Shape = [2, 2, 2, 3] }.ToGzip(), File.ReadAllBytes(GoldenFile.OwnPathOf("nifti", "made_uint8.nii.gz")),
        ];
        foreach (var whole in wholes)
        {
            NiftiVolume.Parse(whole, "made");
            for (var length = 0; length < whole.Length; length++)
                Refusal(whole[..length]);
        }
    }

    [Fact]
    public void Load_NamesAMissingFile() =>
        Assert.Contains("none.nii", Assert.Throws<NiftiFormatException>(() => NiftiVolume.Load("none.nii")).Message, StringComparison.Ordinal);

    [Fact]
    public void Parse_TakesLittleMemoryForWhatItRefuses()
    {
        // 256 million voxels promised by 352 bytes, plain and packed; and 256 MB of packed zeros that are no volume.
        var header = new NiftiFile { Type = 2, Voxels = [] }.ToBytes();
        foreach (var (i, extent) in new[] { (42, (short)1024), (44, (short)1024), (46, (short)256) })
            BinaryPrimitives.WriteInt16LittleEndian(header.AsSpan(i), extent);
        var zeros = NiftiFile.Pack(new byte[1 << 28]);
        byte[] halfBomb = [.. header, .. new byte[1 << 20]];
        foreach (var (bytes, reason) in new[] { (header, "cut short"), (NiftiFile.Pack(header), "cannot hold"), (zeros, "header size is 0"), (NiftiFile.Pack(halfBomb), "cannot hold") })
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Contains(reason, Refusal(bytes), StringComparison.Ordinal);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 200_000);
        }
    }

    [Fact]
    public void Parse_RefusesMoreVoxelsThanAllowed()
    {
        var error = Assert.Throws<NiftiFormatException>(() => NiftiVolume.Parse(new NiftiFile().ToBytes(), "made", new NiftiReadOptions { MaximumVoxels = 23 }));
        Assert.Contains("4 x 3 x 2 voxels, more than 23", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_SurvivesMutations()
    {
        byte[][] wholes =
        [
            new NiftiFile { Type = 4 }.ToBytes(), new NiftiFile { Version = 2, Type = 64 }.ToBytes(), new NiftiFile { BigEndian = true, Shape = [2, 2, 2, 3], Slope = 2 }.ToBytes(),
            new NiftiFile { Rows = [], Quaternion = [0.5, 0.5, 0.5, 1, 2, 3] }.ToBytes(), new NiftiFile { Version = 2, BigEndian = true, Type = 512 }.ToGzip(), new NiftiFile { Type = 256 }.ToGzip(),
        ];
        var random = new Random(20277);
        int read = 0, refused = 0;
        for (var round = 0; round < 3000; round++)
        {
            var bytes = Mutate(wholes[round % wholes.Length], random);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                var volume = NiftiVolume.Parse(bytes, "mutated");
                volume.ToRas();
                volume.Slices(SlicePlane.Coronal)[0].Render(notANumber: 0);
                read++;
            }
            catch (NiftiFormatException error)
            {
                Assert.Contains("mutated", error.Message, StringComparison.Ordinal);
                refused++;
            }

            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4_000_000);
        }

        Assert.True(read > 300 && refused > 1000, $"{read} read, {refused} refused");
    }

    private static byte[] Mutate(byte[] whole, Random random)
    {
        var bytes = whole.ToList();
        for (var changes = random.Next(1, 5); changes > 0 && bytes.Count > 0; changes--)
        {
            // Fields that matter are few, so the first 128 bytes are hit as often as the rest.
            var at = random.Next(2) == 0 ? random.Next(Math.Min(128, bytes.Count)) : random.Next(bytes.Count);
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes[at] = 0xFF;
                    break;
                case 3:
                    bytes[at] = 0;
                    break;
                case 4:
                    bytes.RemoveRange(at, random.Next(1, Math.Min(9, bytes.Count - at + 1)));
                    break;
                default:
                    bytes.InsertRange(at, bytes.Take(random.Next(1, 9)).ToList());
                    break;
            }
        }

        return [.. bytes];
    }

    private static string Refusal(byte[] bytes) => Assert.Throws<NiftiFormatException>(() => NiftiVolume.Parse(bytes, "made")).Message;
}

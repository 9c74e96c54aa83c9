using System.Buffers.Binary;

namespace HealthGpt.Data.Tests.Volumes;

/// <summary>Makes small uint8 volumes with an sform of 1 mm.</summary>
internal static class SyntheticNifti
{
    public static byte[] Make(int[] shape, Func<int, int, int, byte> voxel, int[]? origin = null)
    {
        var bytes = new byte[352 + (shape[0] * shape[1] * shape[2])];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, 348);
        short[] dimensions = [3, (short)shape[0], (short)shape[1], (short)shape[2], 1, 1, 1, 1];
        for (var i = 0; i < dimensions.Length; i++)
            BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(40 + (2 * i)), dimensions[i]);
        BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(70), 2);
        BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(72), 8);
        BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(108), 352);
        BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(254), 1);
        for (var axis = 0; axis < 3; axis++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(280 + (20 * axis)), 1);
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(292 + (16 * axis)), origin?[axis] ?? 0);
        }

        "n+1\0"u8.CopyTo(bytes.AsSpan(344));
        var at = 352;
        for (var z = 0; z < shape[2]; z++)
        {
            for (var y = 0; y < shape[1]; y++)
            {
                for (var x = 0; x < shape[0]; x++)
                    bytes[at++] = voxel(x, y, z);
            }
        }

        return bytes;
    }
}

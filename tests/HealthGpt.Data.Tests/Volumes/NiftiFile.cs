using System.Buffers.Binary;
using System.IO.Compression;

namespace HealthGpt.Data.Tests.Volumes;

/// <summary>Writes NIfTI files of either version, byte order and any type, for tests alone.</summary>
internal sealed record NiftiFile
{
    public int Version { get; init; } = 1;

    public bool BigEndian { get; init; }

    public short Type { get; init; } = 16;

    public int[] Shape { get; init; } = [4, 3, 2];

    /// <summary>The stored voxels; those of all frames, the first axis fastest.</summary>
    public IReadOnlyList<double> Voxels { get; init; } = [.. Enumerable.Range(0, 24).Select(i => (double)i)];

    /// <summary>The sform's three rows; none to leave the orientation out.</summary>
    public double[] Rows { get; init; } = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0];

    /// <summary>quatern_b, c, d and qoffset_x, y, z.</summary>
    public double[] Quaternion { get; init; } = [];

    /// <summary>pixdim from its first field, the handedness.</summary>
    public double[] VoxelSizes { get; init; } = [1, 1, 1, 1];

    public double Slope { get; init; }

    public double Intercept { get; init; }

    public byte[] Extension { get; init; } = new byte[4];

    private int HeaderLength => Version == 1 ? 348 : 540;

    public byte[] ToBytes()
    {
        var width = Type switch { 2 or 256 => 1, 4 or 512 => 2, 8 or 16 or 768 => 4, 1536 => 16, _ => 8 };
        var offset = HeaderLength + Extension.Length;
        var bytes = new byte[offset + (Voxels.Count * width)];
        Integer(bytes, 0, 4, HeaderLength);
        (Version == 1 ? "n+1\0"u8 : "n+2\0\r\n\u001A\n"u8).CopyTo(bytes.AsSpan(Version == 1 ? 344 : 4));
        Integer(bytes, Version == 1 ? 70 : 12, 2, Type);
        Integer(bytes, Version == 1 ? 72 : 14, 2, width * 8);
        int[] dimensions = [Shape.Length, .. Shape, .. Enumerable.Repeat(1, 7 - Shape.Length)];
        for (var i = 0; i < 8; i++)
            Integer(bytes, Version == 1 ? 40 + (2 * i) : 16 + (8 * i), Version == 1 ? 2 : 8, dimensions[i]);
        Reals(bytes, 76, 104, VoxelSizes);
        if (Version == 1)
            Reals(bytes, 108, 0, [offset]);
        else
            Integer(bytes, 168, 8, offset);
        Reals(bytes, 112, 176, [Slope, Intercept]);
        Integer(bytes, Version == 1 ? 252 : 344, Version == 1 ? 2 : 4, Quaternion.Length > 0 ? 1 : 0);
        Integer(bytes, Version == 1 ? 254 : 348, Version == 1 ? 2 : 4, Rows.Length > 0 ? 1 : 0);
        Reals(bytes, 256, 352, Quaternion);
        Reals(bytes, 280, 400, Rows);
        Extension.CopyTo(bytes, HeaderLength);
        for (var i = 0; i < Voxels.Count; i++)
            Voxel(bytes, offset + (i * width), Voxels[i]);
        return bytes;
    }

    public byte[] ToGzip() => Pack(ToBytes());

    public static byte[] Pack(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize))
            gzip.Write(bytes);
        return packed.ToArray();
    }

    private void Voxel(byte[] bytes, int at, double value)
    {
        switch (Type)
        {
            case 16:
                Integer(bytes, at, 4, BitConverter.SingleToInt32Bits((float)value));
                break;
            case 64:
                Integer(bytes, at, 8, BitConverter.DoubleToInt64Bits(value));
                break;
            case 1280:
                Integer(bytes, at, 8, (Int128)value);
                break;
            case 1536:
                Integer(bytes, at, 16, Quadruple(value));
                break;
            default:
                Integer(bytes, at, Type switch { 2 or 256 => 1, 4 or 512 => 2, 8 or 768 => 4, _ => 8 }, (Int128)value);
                break;
        }
    }

    private static Int128 Quadruple(double value)
    {
        var bits = BitConverter.DoubleToUInt64Bits(value);
        var exponent = (int)(bits >> 52) & 0x7FF;
        UInt128 wide = exponent switch { 0 => 0u, 0x7FF => 0x7FFFu, _ => (UInt128)(exponent - 1023 + 16383) };
        return (Int128)(((UInt128)(bits >> 63) << 127) | (wide << 112) | ((UInt128)(bits & 0xFFFFFFFFFFFFF) << 60));
    }

    private void Reals(byte[] bytes, int at1, int at2, double[] values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (Version == 1)
                Integer(bytes, at1 + (4 * i), 4, BitConverter.SingleToInt32Bits((float)values[i]));
            else
                Integer(bytes, at2 + (8 * i), 8, BitConverter.DoubleToInt64Bits(values[i]));
        }
    }

    private void Integer(byte[] bytes, int at, int width, Int128 value)
    {
        Span<byte> whole = stackalloc byte[16];
        BinaryPrimitives.WriteInt128LittleEndian(whole, value);
        whole = whole[..width];
        if (BigEndian)
            whole.Reverse();
        whole.CopyTo(bytes.AsSpan(at));
    }
}

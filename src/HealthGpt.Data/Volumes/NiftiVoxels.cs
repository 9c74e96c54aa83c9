using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace HealthGpt.Data.Volumes;

/// <summary>Turns stored voxels into scaled ones.</summary>
internal static class NiftiVoxels
{
    /// <param name="bytes">Whole voxels as stored; changed where their byte order is not this machine's.</param>
    /// <param name="header">Says how they are stored.</param>
    /// <param name="voxels">Takes as many values.</param>
    public static void Convert(Span<byte> bytes, NiftiHeader header, Span<float> voxels)
    {
        if (header.BigEndian == BitConverter.IsLittleEndian)
            Reverse(bytes, header.Type.Bytes);
        switch (header.Type.Code)
        {
            case 2:
                Scale<byte>(bytes, header, voxels);
                break;
            case 4:
                Scale<short>(bytes, header, voxels);
                break;
            case 8:
                Scale<int>(bytes, header, voxels);
                break;
            case 16:
                Scale<float>(bytes, header, voxels);
                break;
            case 64:
                Scale<double>(bytes, header, voxels);
                break;
            case 256:
                Scale<sbyte>(bytes, header, voxels);
                break;
            case 512:
                Scale<ushort>(bytes, header, voxels);
                break;
            case 768:
                Scale<uint>(bytes, header, voxels);
                break;
            case 1024:
                Scale<long>(bytes, header, voxels);
                break;
            case 1280:
                Scale<ulong>(bytes, header, voxels);
                break;
            default:
                ScaleQuadruple(bytes, header, voxels);
                break;
        }
    }

    private static void Scale<T>(ReadOnlySpan<byte> bytes, NiftiHeader header, Span<float> voxels)
        where T : unmanaged, INumberBase<T>
    {
        var stored = MemoryMarshal.Cast<byte, T>(bytes);
        double slope = header.Slope, intercept = header.Intercept;
        for (var i = 0; i < voxels.Length; i++)
            voxels[i] = (float)((double.CreateTruncating(stored[i]) * slope) + intercept);
    }

    private static void ScaleQuadruple(ReadOnlySpan<byte> bytes, NiftiHeader header, Span<float> voxels)
    {
        var stored = MemoryMarshal.Cast<byte, UInt128>(bytes);
        for (var i = 0; i < voxels.Length; i++)
            voxels[i] = (float)((FromQuadruple(stored[i]) * header.Slope) + header.Intercept);
    }

    // IEEE 754 binary128: 1 sign bit, 15 of exponent, 112 of fraction. Cut to a double's 52, which a float cannot tell apart.
    private static double FromQuadruple(UInt128 bits)
    {
        var sign = (ulong)(bits >> 127) << 63;
        var exponent = (int)(bits >> 112) & 0x7FFF;
        var fraction = (ulong)(bits >> 60) & 0xFFFFFFFFFFFFF;
        const int bias = 16383 - 1023;
        var (high, low) = exponent switch
        {
            0x7FFF => (0x7FFUL, (bits << 16) == 0 ? 0UL : 1UL << 51),
            > bias + 2046 => (0x7FFUL, 0UL),
            <= bias => (0UL, 0UL),
            _ => ((ulong)(exponent - bias), fraction),
        };
        return BitConverter.UInt64BitsToDouble(sign | (high << 52) | low);
    }

    private static void Reverse(Span<byte> bytes, int width)
    {
        switch (width)
        {
            case 2:
                Reverse<short>(bytes, BinaryPrimitives.ReverseEndianness);
                break;
            case 4:
                Reverse<int>(bytes, BinaryPrimitives.ReverseEndianness);
                break;
            case 8:
                Reverse<long>(bytes, BinaryPrimitives.ReverseEndianness);
                break;
            case 16:
                Reverse<Int128>(bytes, BinaryPrimitives.ReverseEndianness);
                break;
        }
    }

    private static void Reverse<T>(Span<byte> bytes, Reversal<T> reversal)
        where T : unmanaged
    {
        var values = MemoryMarshal.Cast<byte, T>(bytes);
        reversal(values, values);
    }

    private delegate void Reversal<T>(ReadOnlySpan<T> from, Span<T> to);
}

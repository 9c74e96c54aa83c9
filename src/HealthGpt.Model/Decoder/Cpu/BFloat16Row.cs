using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace HealthGpt.Model.Decoder.Cpu;

/// <summary>Rows of bfloat16: the upper half of a float32.</summary>
internal readonly unsafe struct BFloat16Row : IRow
{
    public static int Size => sizeof(ushort);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* At(in WeightMatrix weight, int row) => (byte*)weight.Data + ((long)row * weight.Columns * sizeof(ushort));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(byte* row, int at) =>
        Avx512F.ShiftLeftLogical(Avx512F.ConvertToVector512UInt32(Vector256.Load((ushort*)row + at)), 16).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Element(byte* row, int at) => BitConverter.UInt32BitsToSingle((uint)((ushort*)row)[at] << 16);

    // To nearest, ties to even; values here are finite.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(byte* row, int at, float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        ((ushort*)row)[at] = (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }
}

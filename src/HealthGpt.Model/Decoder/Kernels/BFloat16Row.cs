using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace HealthGpt.Model.Decoder.Kernels;

/// <summary>Rows of bfloat16: the upper half of a float32.</summary>
internal readonly unsafe struct BFloat16Row : IRow
{
    private const uint NaN = 0x7FC0;

    public static int Size => sizeof(ushort);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* At(in TensorRows rows, long row) => (byte*)rows.Data + (row * rows.Columns * sizeof(ushort));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(byte* row, int at)
    {
        var narrow = Vector256.Load((ushort*)row + at);
        if (Avx512F.IsSupported) return Avx512F.ShiftLeftLogical(Avx512F.ConvertToVector512UInt32(narrow), 16).AsSingle();
        var (lower, upper) = Vector256.Widen(narrow);
        return Vector512.ShiftLeft(Vector512.Create(lower, upper), 16).AsSingle();
    }

    // To nearest, ties to even. What is no number stays none: rounding up would carry it over into the sign.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(byte* row, int at, Vector512<float> values)
    {
        var bits = values.AsUInt32();
        var odd = Vector512.ShiftRightLogical(bits, 16) & Vector512<uint>.One;
        var rounded = Vector512.ShiftRightLogical(bits + Vector512.Create(0x7FFFu) + odd, 16);
        var numbers = Vector512.Equals(values, values).AsUInt32();
        var kept = Vector512.ConditionalSelect(numbers, rounded, Vector512.Create(NaN));
        Vector256.Narrow(kept.GetLower(), kept.GetUpper()).Store((ushort*)row + at);
    }

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

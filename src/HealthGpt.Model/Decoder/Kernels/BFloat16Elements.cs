using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace HealthGpt.Model.Decoder.Kernels;

/// <summary>Elements of bfloat16: the upper half of a float32.</summary>
internal readonly unsafe struct BFloat16Elements : IElements
{
    private const uint NaN = 0x7FC0;

    public static int Size => sizeof(ushort);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(byte* from)
    {
        var (lower, upper) = Vector128.Widen(Vector128.Load((ushort*)from));
        return Vector256.ShiftLeft(Vector256.Create(lower, upper), 16).AsSingle();
    }

    // To nearest, ties to even. What is no number stays none: rounding up would carry it over into the sign.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(byte* to, Vector256<float> values)
    {
        var bits = values.AsUInt32();
        var odd = Vector256.ShiftRightLogical(bits, 16) & Vector256<uint>.One;
        var rounded = Vector256.ShiftRightLogical(bits + Vector256.Create(0x7FFFu) + odd, 16);
        var numbers = Vector256.Equals(values, values).AsUInt32();
        var kept = Vector256.ConditionalSelect(numbers, rounded, Vector256.Create(NaN));
        Vector128.Narrow(kept.GetLower(), kept.GetUpper()).Store((ushort*)to);
    }
}

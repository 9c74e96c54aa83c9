using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace HealthGpt.Model.Decoder.Kernels;

/// <summary>Elements of bfloat16: the upper half of a float32.</summary>
internal readonly unsafe struct BFloat16Elements : IElements
{
    private const uint NaN = 0x7FC0;

    public static int Size => sizeof(ushort);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(byte* from)
    {
        var (lower, upper) = Vector256.Widen(Vector256.Load((ushort*)from));
        return Vector512.ShiftLeft(Vector512.Create(lower, upper), 16).AsSingle();
    }

    // To nearest, ties to even. What is no number stays none: rounding up would carry it over into the sign.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(byte* to, Vector512<float> values)
    {
        var bits = values.AsUInt32();
        var odd = Vector512.ShiftRightLogical(bits, 16) & Vector512<uint>.One;
        var rounded = Vector512.ShiftRightLogical(bits + Vector512.Create(0x7FFFu) + odd, 16);
        var numbers = Vector512.Equals(values, values).AsUInt32();
        var kept = Vector512.ConditionalSelect(numbers, rounded, Vector512.Create(NaN));
        Vector256.Narrow(kept.GetLower(), kept.GetUpper()).Store((ushort*)to);
    }
}

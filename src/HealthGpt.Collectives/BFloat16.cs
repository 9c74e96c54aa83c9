using System.Runtime.CompilerServices;

namespace HealthGpt.Collectives;

/// <summary>A bfloat16 number: the upper half of a float32.</summary>
/// <param name="Bits">Sign, eight bits of exponent, seven of fraction.</param>
public readonly record struct BFloat16(ushort Bits)
{
    private const uint QuietNaN = 0x7fc0;

    /// <summary>Not a number.</summary>
    public static BFloat16 NaN => new((ushort)QuietNaN);

    /// <summary>The same value as float32, exact.</summary>
    public float ToSingle() => BitConverter.UInt32BitsToSingle((uint)Bits << 16);

    /// <summary>The nearest bfloat16, ties to even.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static BFloat16 FromSingle(float value)
    {
        if (float.IsNaN(value))
            return NaN;
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return new BFloat16((ushort)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16));
    }
}

using System.Numerics;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace HealthGpt.Model.Verification;

/// <summary>How many elements of a tensor are no finite numbers.</summary>
/// <param name="NaN">Elements that are not a number.</param>
/// <param name="Infinite">Elements that are infinite.</param>
/// <param name="First">The first of both, counted from the tensor's first element; -1 where there is none.</param>
internal readonly record struct NonFiniteCount(long NaN, long Infinite, long First)
{
    public static readonly NonFiniteCount None = new(0, 0, -1);

    /// <summary>Counts the elements of a floating-point type; none for another type.</summary>
    /// <param name="elements">Whole elements, little-endian.</param>
    /// <param name="type">Their type.</param>
    public static NonFiniteCount Of(ReadOnlySpan<byte> elements, ScalarType type) => type switch
    {
        ScalarType.BFloat16 => Of<ushort>(elements, 0x7F80, 0x7FFF),
        ScalarType.Float16 => Of<ushort>(elements, 0x7C00, 0x7FFF),
        ScalarType.Float32 => Of<uint>(elements, 0x7F80_0000, 0x7FFF_FFFF),
        ScalarType.Float64 => Of<ulong>(elements, 0x7FF0_0000_0000_0000, 0x7FFF_FFFF_FFFF_FFFF),
        _ => None,
    };

    /// <summary>Adds the count of the elements that follow.</summary>
    /// <param name="next">Their count.</param>
    /// <param name="before">Elements before them.</param>
    public NonFiniteCount Then(NonFiniteCount next, long before) =>
        new(NaN + next.NaN, Infinite + next.Infinite, First >= 0 || next.First < 0 ? First : before + next.First);

    // An exponent of ones alone marks both: the fraction of an infinite number is zero.
    private static NonFiniteCount Of<T>(ReadOnlySpan<byte> bytes, T exponent, T withoutSign)
        where T : unmanaged, IBinaryInteger<T>
    {
        var elements = MemoryMarshal.Cast<byte, T>(bytes);
        var at = 0;
        var mask = new Vector<T>(exponent);
        for (; at <= elements.Length - Vector<T>.Count; at += Vector<T>.Count)
            if (Vector.EqualsAny(new Vector<T>(elements[at..]) & mask, mask)) return Count(elements, at, exponent, withoutSign);
        return Count(elements, at, exponent, withoutSign);
    }

    private static NonFiniteCount Count<T>(ReadOnlySpan<T> elements, int from, T exponent, T withoutSign)
        where T : unmanaged, IBinaryInteger<T>
    {
        long nan = 0, infinite = 0, first = -1;
        for (var at = from; at < elements.Length; at++)
        {
            if ((elements[at] & exponent) != exponent) continue;
            if (first < 0) first = at;
            if ((elements[at] & withoutSign) == exponent) infinite++;
            else nan++;
        }

        return new NonFiniteCount(nan, infinite, first);
    }
}

using System.Numerics;
using System.Runtime.InteropServices;

namespace HealthGpt.Collectives.Reductions;

/// <summary>Conversions between bfloat16 and float32, vectorised, with the bits of <see cref="BFloat16"/>'s own.</summary>
internal static class BFloat16Vectors
{
    public static void Widen(ReadOnlySpan<BFloat16> from, Span<float> into)
    {
        ReadOnlySpan<ushort> bits = MemoryMarshal.Cast<BFloat16, ushort>(from);
        int at = 0;
        for (; at <= bits.Length - Vector<ushort>.Count; at += Vector<ushort>.Count)
        {
            Vector.Widen(new Vector<ushort>(bits[at..]), out Vector<uint> low, out Vector<uint> high);
            Vector.AsVectorSingle(low << 16).CopyTo(into[at..]);
            Vector.AsVectorSingle(high << 16).CopyTo(into[(at + Vector<uint>.Count)..]);
        }
        for (; at < bits.Length; at++)
            into[at] = from[at].ToSingle();
    }

    public static void Narrow(ReadOnlySpan<float> from, Span<BFloat16> into)
    {
        Span<ushort> bits = MemoryMarshal.Cast<BFloat16, ushort>(into);
        int at = 0;
        for (; at <= bits.Length - Vector<ushort>.Count; at += Vector<ushort>.Count)
            Vector.Narrow(Round(new Vector<float>(from[at..])), Round(new Vector<float>(from[(at + Vector<float>.Count)..]))).CopyTo(bits[at..]);
        for (; at < bits.Length; at++)
            into[at] = BFloat16.FromSingle(from[at]);
    }

    private static Vector<uint> Round(Vector<float> values)
    {
        Vector<uint> bits = Vector.AsVectorUInt32(values);
        Vector<uint> rounded = (bits + new Vector<uint>(0x7fff) + ((bits >>> 16) & Vector<uint>.One)) >>> 16;
        return Vector.ConditionalSelect(Vector.AsVectorUInt32(Vector.Equals(values, values)), rounded, new Vector<uint>(BFloat16.NaN.Bits));
    }
}

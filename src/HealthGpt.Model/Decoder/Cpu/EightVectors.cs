using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using HealthGpt.Model.Decoder.Kernels;

namespace HealthGpt.Model.Decoder.Cpu;

/// <summary>
/// Products of three rows of a weight with five to eight vectors. Here arithmetic sets the pace, not reading: every element of the weight is widened once, and three rows with eight
/// vectors are as many sums as the registers hold.
/// </summary>
internal static unsafe class EightVectors
{
    /// <summary>Vectors.</summary>
    public const int Count = 8;

    /// <summary>Rows.</summary>
    public const int Block = 3;

    private const int Lanes = 16;

    /// <summary>Products of rows <paramref name="row"/> and the next two, row after row.</summary>
    /// <param name="weight">The weight, <c>(O, I)</c>.</param>
    /// <param name="row">The first row.</param>
    /// <param name="x">Vectors of I; those missing from the eight repeat the first.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="sums">Three times eight products.</param>
    public static void Multiply<TRow>(in TensorRows weight, int row, float** x, int count, float* sums)
        where TRow : struct, IRow
    {
        var columns = weight.Columns;
        byte* w0 = TRow.At(weight, row), w1 = TRow.At(weight, row + 1), w2 = TRow.At(weight, row + 2);
        float* x0 = x[0], x1 = x[1], x2 = x[2], x3 = x[3], x4 = x[4], x5 = x[count > 5 ? 5 : 0], x6 = x[count > 6 ? 6 : 0], x7 = x[count > 7 ? 7 : 0];
        Vector512<float> s00 = default, s01 = default, s02 = default, s03 = default, s04 = default, s05 = default, s06 = default, s07 = default;
        Vector512<float> s10 = default, s11 = default, s12 = default, s13 = default, s14 = default, s15 = default, s16 = default, s17 = default;
        Vector512<float> s20 = default, s21 = default, s22 = default, s23 = default, s24 = default, s25 = default, s26 = default, s27 = default;
        var next = (long)Block * columns * TRow.Size;
        var at = 0;
        for (; at + Lanes <= columns; at += Lanes)
        {
            if ((at & Lanes) == 0) Prefetch(w0 + next, w1 + next, w2 + next, (long)at * TRow.Size);
            Vector512<float> r0 = TRow.Load(w0, at), r1 = TRow.Load(w1, at), r2 = TRow.Load(w2, at);
            var v = Vector512.Load(x0 + at);
            s00 = Avx512F.FusedMultiplyAdd(r0, v, s00);
            s10 = Avx512F.FusedMultiplyAdd(r1, v, s10);
            s20 = Avx512F.FusedMultiplyAdd(r2, v, s20);
            v = Vector512.Load(x1 + at);
            s01 = Avx512F.FusedMultiplyAdd(r0, v, s01);
            s11 = Avx512F.FusedMultiplyAdd(r1, v, s11);
            s21 = Avx512F.FusedMultiplyAdd(r2, v, s21);
            v = Vector512.Load(x2 + at);
            s02 = Avx512F.FusedMultiplyAdd(r0, v, s02);
            s12 = Avx512F.FusedMultiplyAdd(r1, v, s12);
            s22 = Avx512F.FusedMultiplyAdd(r2, v, s22);
            v = Vector512.Load(x3 + at);
            s03 = Avx512F.FusedMultiplyAdd(r0, v, s03);
            s13 = Avx512F.FusedMultiplyAdd(r1, v, s13);
            s23 = Avx512F.FusedMultiplyAdd(r2, v, s23);
            v = Vector512.Load(x4 + at);
            s04 = Avx512F.FusedMultiplyAdd(r0, v, s04);
            s14 = Avx512F.FusedMultiplyAdd(r1, v, s14);
            s24 = Avx512F.FusedMultiplyAdd(r2, v, s24);
            v = Vector512.Load(x5 + at);
            s05 = Avx512F.FusedMultiplyAdd(r0, v, s05);
            s15 = Avx512F.FusedMultiplyAdd(r1, v, s15);
            s25 = Avx512F.FusedMultiplyAdd(r2, v, s25);
            v = Vector512.Load(x6 + at);
            s06 = Avx512F.FusedMultiplyAdd(r0, v, s06);
            s16 = Avx512F.FusedMultiplyAdd(r1, v, s16);
            s26 = Avx512F.FusedMultiplyAdd(r2, v, s26);
            v = Vector512.Load(x7 + at);
            s07 = Avx512F.FusedMultiplyAdd(r0, v, s07);
            s17 = Avx512F.FusedMultiplyAdd(r1, v, s17);
            s27 = Avx512F.FusedMultiplyAdd(r2, v, s27);
        }

        sums[0] = Vector512.Sum(s00); sums[1] = Vector512.Sum(s01); sums[2] = Vector512.Sum(s02); sums[3] = Vector512.Sum(s03);
        sums[4] = Vector512.Sum(s04); sums[5] = Vector512.Sum(s05); sums[6] = Vector512.Sum(s06); sums[7] = Vector512.Sum(s07);
        sums[8] = Vector512.Sum(s10); sums[9] = Vector512.Sum(s11); sums[10] = Vector512.Sum(s12); sums[11] = Vector512.Sum(s13);
        sums[12] = Vector512.Sum(s14); sums[13] = Vector512.Sum(s15); sums[14] = Vector512.Sum(s16); sums[15] = Vector512.Sum(s17);
        sums[16] = Vector512.Sum(s20); sums[17] = Vector512.Sum(s21); sums[18] = Vector512.Sum(s22); sums[19] = Vector512.Sum(s23);
        sums[20] = Vector512.Sum(s24); sums[21] = Vector512.Sum(s25); sums[22] = Vector512.Sum(s26); sums[23] = Vector512.Sum(s27);
        for (; at < columns; at++)
        {
            for (var vector = 0; vector < Count; vector++)
            {
                var v = x[vector < count ? vector : 0][at];
                sums[vector] += TRow.Element(w0, at) * v;
                sums[Count + vector] += TRow.Element(w1, at) * v;
                sums[(2 * Count) + vector] += TRow.Element(w2, at) * v;
            }
        }
    }

    // Beyond the last row this asks for memory that may not be there, which does nothing.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(byte* w0, byte* w1, byte* w2, long offset)
    {
        Sse.Prefetch0(w0 + offset);
        Sse.Prefetch0(w1 + offset);
        Sse.Prefetch0(w2 + offset);
    }
}

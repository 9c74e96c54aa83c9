using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using HealthGpt.Model.Decoder.Kernels;

namespace HealthGpt.Model.Decoder.Cpu;

// Shapes: O rows of the weight, I columns, C vectors it is multiplied with.

/// <summary>
/// Products of weight rows with a few float32 vectors. Few vectors mean that the time is that of reading the weights: each row is read once, as a stream, for all vectors,
/// and widened from bfloat16 in registers. Sums are in float32. Every product is computed the same way whichever thread does it.
/// </summary>
internal static unsafe class RowProducts
{
    /// <summary>Vectors that share one reading of a block of rows.</summary>
    public const int Together = 4;

    /// <summary>Rows that share one reading of the vectors.</summary>
    public const int Block = 4;

    private const int Lanes = 16;

    /// <summary>Whether this processor has the instructions.</summary>
    public static bool IsSupported => Avx512F.IsSupported && Avx512BW.IsSupported;

    /// <summary>Computes <c>y = W x + bias</c>, or adds <c>W x</c> to y, for rows <paramref name="first"/> up to <paramref name="end"/>.</summary>
    /// <param name="weight">W, <c>(O, I)</c>.</param>
    /// <param name="bias">Bias, <c>(O)</c>; null for none.</param>
    /// <param name="x">Pointers to C vectors of I.</param>
    /// <param name="y">Pointers to C results of O.</param>
    /// <param name="count">C.</param>
    /// <param name="first">First row.</param>
    /// <param name="end">The row after the last.</param>
    /// <param name="add">Whether y keeps what it holds.</param>
    public static void Multiply(in TensorRows weight, TensorRows? bias, float** x, float** y, int count, int first, int end, bool add)
    {
        if (count == 1)
        {
            Rows(weight, bias, *x, *y, first, end, add);
            return;
        }

        var row = first;
        var sums = stackalloc float[EightVectors.Block * EightVectors.Count];
        if (count > Together)
        {
            for (; row + EightVectors.Block <= end; row += EightVectors.Block)
            {
                if (weight.IsBFloat16) EightVectors.Multiply<BFloat16Row>(weight, row, x, count, sums);
                else EightVectors.Multiply<Float32Row>(weight, row, x, count, sums);
                Store(sums, EightVectors.Block, EightVectors.Count, row, bias, y, count, add);
            }
        }

        for (; row + Block <= end; row += Block)
        {
            for (var vector = 0; vector < count; vector += Together)
            {
                var together = Math.Min(Together, count - vector);
                if (weight.IsBFloat16) FourByFour<BFloat16Row>(weight, row, x + vector, together, sums);
                else FourByFour<Float32Row>(weight, row, x + vector, together, sums);
                Store(sums, Block, Together, row, bias, y + vector, together, add);
            }
        }

        for (var vector = 0; vector < count; vector++) Rows(weight, bias, x[vector], y[vector], row, end, add);
    }

    private static void Store(float* sums, int rows, int stride, int row, TensorRows? bias, float** y, int count, bool add)
    {
        for (var r = 0; r < rows; r++)
        {
            var start = bias is { } b ? b[row + r] : 0;
            for (var c = 0; c < count; c++)
                y[c][row + r] = sums[(r * stride) + c] + (add ? y[c][row + r] : start);
        }
    }

    // One row after another is one long stream, which the processor fetches ahead by itself.
    private static void Rows(in TensorRows weight, TensorRows? bias, float* x, float* y, int first, int end, bool add)
    {
        for (var row = first; row < end; row++)
        {
            var sum = weight.IsBFloat16 ? One<BFloat16Row>(weight, row, x) : One<Float32Row>(weight, row, x);
            y[row] = sum + (add ? y[row] : bias is { } b ? b[row] : 0);
        }
    }

    // Four rows at once are short streams, over before the processor's own prefetching has caught up: the same part of the next rows is asked for while these are worked on.
    // Beyond the last row this asks for memory that may not be there, which does nothing.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch<TRow>(byte* w0, byte* w1, byte* w2, byte* w3, int at)
        where TRow : struct, IRow
    {
        var offset = (long)at * TRow.Size;
        Sse.Prefetch0(w0 + offset);
        Sse.Prefetch0(w1 + offset);
        Sse.Prefetch0(w2 + offset);
        Sse.Prefetch0(w3 + offset);
    }

    // Vectors missing from the four repeat the first: their sums cost nothing where reading the weights sets the pace.
    private static void FourByFour<TRow>(in TensorRows weight, int row, float** x, int count, float* sums)
        where TRow : struct, IRow
    {
        var columns = weight.Columns;
        byte* w0 = TRow.At(weight, row), w1 = TRow.At(weight, row + 1), w2 = TRow.At(weight, row + 2), w3 = TRow.At(weight, row + 3);
        float* x0 = x[0], x1 = x[count > 1 ? 1 : 0], x2 = x[count > 2 ? 2 : 0], x3 = x[count > 3 ? 3 : 0];
        Vector512<float> s00 = default, s01 = default, s02 = default, s03 = default, s10 = default, s11 = default, s12 = default, s13 = default;
        Vector512<float> s20 = default, s21 = default, s22 = default, s23 = default, s30 = default, s31 = default, s32 = default, s33 = default;
        var next = (long)Block * columns * TRow.Size;
        var at = 0;
        for (; at + Lanes <= columns; at += Lanes)
        {
            if ((at & Lanes) == 0) Prefetch<TRow>(w0 + next, w1 + next, w2 + next, w3 + next, at);
            Vector512<float> v0 = Vector512.Load(x0 + at), v1 = Vector512.Load(x1 + at), v2 = Vector512.Load(x2 + at), v3 = Vector512.Load(x3 + at);
            var w = TRow.Load(w0, at);
            s00 = Avx512F.FusedMultiplyAdd(w, v0, s00);
            s01 = Avx512F.FusedMultiplyAdd(w, v1, s01);
            s02 = Avx512F.FusedMultiplyAdd(w, v2, s02);
            s03 = Avx512F.FusedMultiplyAdd(w, v3, s03);
            w = TRow.Load(w1, at);
            s10 = Avx512F.FusedMultiplyAdd(w, v0, s10);
            s11 = Avx512F.FusedMultiplyAdd(w, v1, s11);
            s12 = Avx512F.FusedMultiplyAdd(w, v2, s12);
            s13 = Avx512F.FusedMultiplyAdd(w, v3, s13);
            w = TRow.Load(w2, at);
            s20 = Avx512F.FusedMultiplyAdd(w, v0, s20);
            s21 = Avx512F.FusedMultiplyAdd(w, v1, s21);
            s22 = Avx512F.FusedMultiplyAdd(w, v2, s22);
            s23 = Avx512F.FusedMultiplyAdd(w, v3, s23);
            w = TRow.Load(w3, at);
            s30 = Avx512F.FusedMultiplyAdd(w, v0, s30);
            s31 = Avx512F.FusedMultiplyAdd(w, v1, s31);
            s32 = Avx512F.FusedMultiplyAdd(w, v2, s32);
            s33 = Avx512F.FusedMultiplyAdd(w, v3, s33);
        }

        (sums[0], sums[1], sums[2], sums[3]) = (Vector512.Sum(s00), Vector512.Sum(s01), Vector512.Sum(s02), Vector512.Sum(s03));
        (sums[4], sums[5], sums[6], sums[7]) = (Vector512.Sum(s10), Vector512.Sum(s11), Vector512.Sum(s12), Vector512.Sum(s13));
        (sums[8], sums[9], sums[10], sums[11]) = (Vector512.Sum(s20), Vector512.Sum(s21), Vector512.Sum(s22), Vector512.Sum(s23));
        (sums[12], sums[13], sums[14], sums[15]) = (Vector512.Sum(s30), Vector512.Sum(s31), Vector512.Sum(s32), Vector512.Sum(s33));
        for (; at < columns; at++)
        {
            AddColumn(TRow.Element(w0, at), x0[at], x1[at], x2[at], x3[at], sums);
            AddColumn(TRow.Element(w1, at), x0[at], x1[at], x2[at], x3[at], sums + 4);
            AddColumn(TRow.Element(w2, at), x0[at], x1[at], x2[at], x3[at], sums + 8);
            AddColumn(TRow.Element(w3, at), x0[at], x1[at], x2[at], x3[at], sums + 12);
        }
    }

    private static void AddColumn(float w, float v0, float v1, float v2, float v3, float* sums)
    {
        sums[0] += w * v0;
        sums[1] += w * v1;
        sums[2] += w * v2;
        sums[3] += w * v3;
    }

    private static float One<TRow>(in TensorRows weight, int row, float* x)
        where TRow : struct, IRow
    {
        var w = TRow.At(weight, row);
        Vector512<float> a = default, b = default, c = default, d = default;
        var columns = weight.Columns;
        var at = 0;
        for (; at + (4 * Lanes) <= columns; at += 4 * Lanes)
        {
            a = Avx512F.FusedMultiplyAdd(TRow.Load(w, at), Vector512.Load(x + at), a);
            b = Avx512F.FusedMultiplyAdd(TRow.Load(w, at + Lanes), Vector512.Load(x + at + Lanes), b);
            c = Avx512F.FusedMultiplyAdd(TRow.Load(w, at + (2 * Lanes)), Vector512.Load(x + at + (2 * Lanes)), c);
            d = Avx512F.FusedMultiplyAdd(TRow.Load(w, at + (3 * Lanes)), Vector512.Load(x + at + (3 * Lanes)), d);
        }

        for (; at + Lanes <= columns; at += Lanes) a = Avx512F.FusedMultiplyAdd(TRow.Load(w, at), Vector512.Load(x + at), a);
        var total = Vector512.Sum((a + b) + (c + d));
        for (; at < columns; at++) total += TRow.Element(w, at) * x[at];
        return total;
    }
}

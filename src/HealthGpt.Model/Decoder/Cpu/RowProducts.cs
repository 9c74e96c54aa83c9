using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

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
    public static void Multiply(in WeightMatrix weight, WeightMatrix? bias, float** x, float** y, int count, int first, int end, bool add)
    {
        var row = first;
        var sums = stackalloc float[Block * Together];
        for (; row + Block <= end; row += Block)
        {
            var vector = 0;
            for (; vector + 1 < count; vector += Together)
            {
                var together = Math.Min(Together, count - vector);
                if (weight.IsBFloat16) FourByFour<BFloat16Row>(weight, row, x + vector, together, sums);
                else FourByFour<Float32Row>(weight, row, x + vector, together, sums);
                Store(sums, Together, row, Block, bias, y + vector, together, add);
            }

            if (vector >= count) continue;
            if (weight.IsBFloat16) FourByOne<BFloat16Row>(weight, row, x[vector], sums);
            else FourByOne<Float32Row>(weight, row, x[vector], sums);
            Store(sums, 1, row, Block, bias, y + vector, 1, add);
        }

        for (; row < end; row++)
        {
            for (var vector = 0; vector < count; vector++)
            {
                *sums = weight.IsBFloat16 ? One<BFloat16Row>(weight, row, x[vector]) : One<Float32Row>(weight, row, x[vector]);
                Store(sums, 1, row, 1, bias, y + vector, 1, add);
            }
        }
    }

    private static void Store(float* sums, int stride, int row, int rows, WeightMatrix? bias, float** y, int count, bool add)
    {
        for (var r = 0; r < rows; r++)
        {
            var start = bias is { } b ? b[row + r] : 0;
            for (var c = 0; c < count; c++)
                y[c][row + r] = sums[(r * stride) + c] + (add ? y[c][row + r] : start);
        }
    }

    private static void FourByOne<TRow>(in WeightMatrix weight, int row, float* x, float* sums)
        where TRow : struct, IRow
    {
        var columns = weight.Columns;
        byte* w0 = TRow.At(weight, row), w1 = TRow.At(weight, row + 1), w2 = TRow.At(weight, row + 2), w3 = TRow.At(weight, row + 3);
        Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default, b0 = default, b1 = default, b2 = default, b3 = default;
        var at = 0;
        for (; at + (2 * Lanes) <= columns; at += 2 * Lanes)
        {
            var low = Vector512.Load(x + at);
            var high = Vector512.Load(x + at + Lanes);
            a0 = Avx512F.FusedMultiplyAdd(TRow.Load(w0, at), low, a0);
            b0 = Avx512F.FusedMultiplyAdd(TRow.Load(w0, at + Lanes), high, b0);
            a1 = Avx512F.FusedMultiplyAdd(TRow.Load(w1, at), low, a1);
            b1 = Avx512F.FusedMultiplyAdd(TRow.Load(w1, at + Lanes), high, b1);
            a2 = Avx512F.FusedMultiplyAdd(TRow.Load(w2, at), low, a2);
            b2 = Avx512F.FusedMultiplyAdd(TRow.Load(w2, at + Lanes), high, b2);
            a3 = Avx512F.FusedMultiplyAdd(TRow.Load(w3, at), low, a3);
            b3 = Avx512F.FusedMultiplyAdd(TRow.Load(w3, at + Lanes), high, b3);
        }

        sums[0] = Vector512.Sum(a0 + b0);
        sums[1] = Vector512.Sum(a1 + b1);
        sums[2] = Vector512.Sum(a2 + b2);
        sums[3] = Vector512.Sum(a3 + b3);
        for (; at < columns; at++)
        {
            sums[0] += TRow.Element(w0, at) * x[at];
            sums[1] += TRow.Element(w1, at) * x[at];
            sums[2] += TRow.Element(w2, at) * x[at];
            sums[3] += TRow.Element(w3, at) * x[at];
        }
    }

    // Missing vectors of the four repeat the first: the sums cost nothing where reading the weights sets the pace.
    private static void FourByFour<TRow>(in WeightMatrix weight, int row, float** x, int count, float* sums)
        where TRow : struct, IRow
    {
        var columns = weight.Columns;
        byte* w0 = TRow.At(weight, row), w1 = TRow.At(weight, row + 1), w2 = TRow.At(weight, row + 2), w3 = TRow.At(weight, row + 3);
        float* x0 = x[0], x1 = x[1], x2 = x[count > 2 ? 2 : 0], x3 = x[count > 3 ? 3 : 0];
        Vector512<float> s00 = default, s01 = default, s02 = default, s03 = default, s10 = default, s11 = default, s12 = default, s13 = default;
        Vector512<float> s20 = default, s21 = default, s22 = default, s23 = default, s30 = default, s31 = default, s32 = default, s33 = default;
        var at = 0;
        for (; at + Lanes <= columns; at += Lanes)
        {
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

    private static float One<TRow>(in WeightMatrix weight, int row, float* x)
        where TRow : struct, IRow
    {
        var w = TRow.At(weight, row);
        Vector512<float> sum = default;
        var at = 0;
        for (; at + Lanes <= weight.Columns; at += Lanes) sum = Avx512F.FusedMultiplyAdd(TRow.Load(w, at), Vector512.Load(x + at), sum);
        var total = Vector512.Sum(sum);
        for (; at < weight.Columns; at++) total += TRow.Element(w, at) * x[at];
        return total;
    }
}

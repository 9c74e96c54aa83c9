using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using HealthGpt.Model.Decoder.Kernels;

namespace HealthGpt.Model.Decoder.Cpu;

// Shapes: S positions held, D head width.

/// <summary>Attention of one new position over the cache, for the query heads that share one key-value head of one row.</summary>
internal static unsafe class CpuAttention
{
    private const int Lanes = 16;

    /// <summary>Rotates the new queries and key, keeps the new key and value, and attends.</summary>
    /// <param name="query">Queries, heads one after another, <c>(heads, D)</c>; rotated in place.</param>
    /// <param name="key">New key, <c>(D)</c>; rotated in place.</param>
    /// <param name="value">New value, <c>(D)</c>.</param>
    /// <param name="heads">Query heads that share the key and value.</param>
    /// <param name="turns">Cosines and then sines of the position, <c>(D / 2)</c> each.</param>
    /// <param name="keys">Kept keys of this row and head, <c>(S, D)</c>.</param>
    /// <param name="values">Kept values of this row and head, <c>(S, D)</c>.</param>
    /// <param name="first">First position that is seen.</param>
    /// <param name="last">The new position.</param>
    /// <param name="scores">Room for a score for each position.</param>
    /// <param name="output"><c>(heads, D)</c>.</param>
    public static void Attend<TRow>(
        float* query, float* key, float* value, int heads, float* turns, in TensorRows keys, in TensorRows values, int first, int last, float* scores, float* output)
        where TRow : struct, IRow
    {
        var width = keys.Columns;
        Rotate(key, turns, width);
        Keep<TRow>(key, TRow.At(keys, last), width);
        Keep<TRow>(value, TRow.At(values, last), width);
        for (var head = 0; head < heads; head++)
        {
            Rotate(query + (head * width), turns, width);
            Score<TRow>(query + (head * width), keys, first, last, scores);
            Mix<TRow>(values, first, last, scores, output + (head * width));
        }
    }

    private static void Rotate(float* x, float* turns, int width)
    {
        var half = width / 2;
        var at = 0;
        for (; at + Lanes <= half; at += Lanes)
        {
            Vector512<float> left = Vector512.Load(x + at), right = Vector512.Load(x + at + half), cosine = Vector512.Load(turns + at), sine = Vector512.Load(turns + at + half);
            ((left * cosine) - (right * sine)).Store(x + at);
            ((right * cosine) + (left * sine)).Store(x + at + half);
        }

        for (; at < half; at++)
        {
            float left = x[at], right = x[at + half], cosine = turns[at], sine = turns[at + half];
            x[at] = (left * cosine) - (right * sine);
            x[at + half] = (right * cosine) + (left * sine);
        }
    }

    private static void Keep<TRow>(float* fresh, byte* row, int width)
        where TRow : struct, IRow
    {
        var at = 0;
        for (; at + Lanes <= width; at += Lanes) TRow.Store(row, at, Vector512.Load(fresh + at));
        for (; at < width; at++) TRow.Write(row, at, fresh[at]);
    }

    // Softmax of scaled products, left as weights that sum to one.
    private static void Score<TRow>(float* query, in TensorRows keys, int first, int last, float* scores)
        where TRow : struct, IRow
    {
        var width = keys.Columns;
        var scale = 1 / MathF.Sqrt(width);
        var largest = float.NegativeInfinity;
        for (var position = first; position <= last; position++)
        {
            var row = TRow.At(keys, position);
            Vector512<float> sum = default;
            var at = 0;
            for (; at + Lanes <= width; at += Lanes) sum = Avx512F.FusedMultiplyAdd(TRow.Load(row, at), Vector512.Load(query + at), sum);
            var product = Vector512.Sum(sum);
            for (; at < width; at++) product += TRow.Element(row, at) * query[at];
            scores[position] = product * scale;
            largest = MathF.Max(largest, scores[position]);
        }

        var total = Exponentials(scores + first, last - first + 1, largest);
        for (var position = first; position <= last; position++) scores[position] /= total;
    }

    // Their sum.
    private static float Exponentials(float* scores, int count, float largest)
    {
        var sum = Vector512<float>.Zero;
        var at = 0;
        for (; at + Lanes <= count; at += Lanes)
        {
            var part = Exponential.Of(Vector512.Load(scores + at) - Vector512.Create(largest));
            part.Store(scores + at);
            sum += part;
        }

        var total = Vector512.Sum(sum);
        for (; at < count; at++) total += scores[at] = MathF.Exp(scores[at] - largest);
        return total;
    }

    private static void Mix<TRow>(in TensorRows values, int first, int last, float* weights, float* output)
        where TRow : struct, IRow
    {
        var width = values.Columns;
        var at = 0;
        for (; at + Lanes <= width; at += Lanes)
        {
            Vector512<float> sum = default;
            for (var position = first; position <= last; position++)
                sum = Avx512F.FusedMultiplyAdd(TRow.Load(TRow.At(values, position), at), Vector512.Create(weights[position]), sum);
            sum.Store(output + at);
        }

        for (; at < width; at++)
        {
            var sum = 0f;
            for (var position = first; position <= last; position++) sum += TRow.Element(TRow.At(values, position), at) * weights[position];
            output[at] = sum;
        }
    }
}

using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using HealthGpt.Model.Decoder.Kernels;
using TorchSharp;

namespace HealthGpt.Model.HLora;

// Shapes: N positions, R rank, E experts.

/// <summary>
/// The part of H-LoRA between its two products, in one pass over it: position n's expert e scales its R/E of the values by <c>s softmax(routed)[n, e]</c>. All tensors are
/// contiguous float32 on the CPU.
/// </summary>
internal static unsafe class ExpertWeighting
{
    // Of a value beside one that is only read and written: it is multiplied, and its row's exponentials are taken.
    private const long Cost = 4;

    /// <summary>Weighs the experts' values.</summary>
    /// <param name="joint">What the down-projection gave and, behind each position's, the router, <c>(N, R + E)</c>.</param>
    /// <param name="weights">Receives the weights, s times the softmax, <c>(N, E)</c>.</param>
    /// <param name="scale">The factor s.</param>
    /// <param name="weighted">Receives the weighted values, <c>(N, R)</c>.</param>
    public static void Forward(torch.Tensor joint, torch.Tensor weights, float scale, torch.Tensor weighted)
    {
        int rank = (int)weighted.shape[1], experts = (int)weights.shape[1];
        float* given = Pointer(joint), shares = Pointer(weights), into = Pointer(weighted);
        RowLoop.Run(weighted.shape[0], rank * Cost, (from, to) =>
        {
            var rows = (int)(to - from);
            Forward(
                new Span<float>(given + (from * (rank + experts)), rows * (rank + experts)), new Span<float>(shares + (from * experts), rows * experts), scale,
                new Span<float>(into + (from * rank), rows * rank), experts);
        });
    }

    /// <summary>The gradients of both.</summary>
    /// <param name="joint">As it was, <c>(N, R + E)</c>.</param>
    /// <param name="weights">s times the softmax, <c>(N, E)</c>.</param>
    /// <param name="scale">The factor s.</param>
    /// <param name="gradient">Gradient of the weighted values, <c>(N, R)</c>.</param>
    /// <param name="result">Receives the gradient of the down-projection's values and, behind each position's, of the router's, <c>(N, R + E)</c>.</param>
    public static void Backward(torch.Tensor joint, torch.Tensor weights, float scale, torch.Tensor gradient, torch.Tensor result)
    {
        int rank = (int)gradient.shape[1], experts = (int)weights.shape[1], both = rank + experts;
        float* values = Pointer(joint), shares = Pointer(weights), given = Pointer(gradient), into = Pointer(result);
        RowLoop.Run(gradient.shape[0], rank * Cost, (from, to) =>
        {
            for (var row = from; row < to; row++)
            {
                Backward(
                    new Span<float>(values + (row * both), rank), new Span<float>(shares + (row * experts), experts), scale, new Span<float>(given + (row * rank), rank),
                    new Span<float>(into + (row * both), both));
            }
        });
    }

    private static void Forward(Span<float> given, Span<float> shares, float scale, Span<float> into, int experts)
    {
        int positions = shares.Length / experts, rank = into.Length / positions, width = rank / experts;
        for (var position = 0; position < positions; position++)
            given.Slice((position * (rank + experts)) + rank, experts).CopyTo(shares[(position * experts)..]);
        Softmax(shares, experts, scale);
        for (var block = 0; block < shares.Length; block++)
            Scale(ref given[(block * width) + (block / experts * experts)], shares[block], ref into[block * width], width);
    }

    private static void Backward(Span<float> low, Span<float> share, float scale, Span<float> given, Span<float> row)
    {
        var width = low.Length / share.Length;
        var routed = row[low.Length..];
        for (var expert = 0; expert < share.Length; expert++)
        {
            var start = expert * width;
            routed[expert] = share[expert] * ScaleAndDot(ref given[start], share[expert], ref row[start], ref low[start], width);
        }

        // d softmax: w (g - sum of w g / s), where w is s times the softmax.
        var mean = 0f;
        foreach (var part in routed) mean += part / scale;
        for (var expert = 0; expert < share.Length; expert++) routed[expert] -= share[expert] * mean;
    }

    // Rows are of as few numbers as there are experts, so only the exponentials are worth a vector.
    private static void Softmax(Span<float> rows, int experts, float scale)
    {
        for (var start = 0; start < rows.Length; start += experts)
        {
            var row = rows.Slice(start, experts);
            var largest = row[0];
            foreach (var value in row) largest = Math.Max(largest, value);
            foreach (ref var value in row) value -= largest;
        }

        TensorPrimitives.Exp(rows, rows);
        for (var start = 0; start < rows.Length; start += experts)
        {
            var row = rows.Slice(start, experts);
            var sum = 0f;
            foreach (var value in row) sum += value;
            foreach (ref var value in row) value *= scale / sum;
        }
    }

    private static void Scale(ref float from, float factor, ref float to, int width)
    {
        var factors = new Vector<float>(factor);
        var place = 0;
        for (; place <= width - Vector<float>.Count; place += Vector<float>.Count)
            (Vector.LoadUnsafe(ref from, (nuint)place) * factors).StoreUnsafe(ref to, (nuint)place);
        for (; place < width; place++) Unsafe.Add(ref to, place) = Unsafe.Add(ref from, place) * factor;
    }

    private static float ScaleAndDot(ref float from, float factor, ref float to, ref float other, int width)
    {
        var factors = new Vector<float>(factor);
        var products = Vector<float>.Zero;
        var place = 0;
        for (; place <= width - Vector<float>.Count; place += Vector<float>.Count)
        {
            var values = Vector.LoadUnsafe(ref from, (nuint)place);
            (values * factors).StoreUnsafe(ref to, (nuint)place);
            products += values * Vector.LoadUnsafe(ref other, (nuint)place);
        }

        var dot = Vector.Sum(products);
        for (; place < width; place++)
        {
            Unsafe.Add(ref to, place) = Unsafe.Add(ref from, place) * factor;
            dot += Unsafe.Add(ref from, place) * Unsafe.Add(ref other, place);
        }

        return dot;
    }

    private static float* Pointer(torch.Tensor tensor) => (float*)TensorRows.Address(tensor);
}

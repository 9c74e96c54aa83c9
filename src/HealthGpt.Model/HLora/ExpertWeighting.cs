using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;

namespace HealthGpt.Model.HLora;

// Shapes: N positions, R rank, E experts.

/// <summary>
/// The part of H-LoRA between its two products, in one pass over it: position n's expert e scales its R/E of the values by <c>s softmax(routed)[n, e]</c>. All tensors are
/// contiguous float32 on the CPU.
/// </summary>
internal static class ExpertWeighting
{
    /// <summary>Weighs the experts' values.</summary>
    /// <param name="joint">What the down-projection gave and, behind each position's, the router, <c>(N, R + E)</c>.</param>
    /// <param name="weights">Receives the weights, s times the softmax, <c>(N, E)</c>.</param>
    /// <param name="scale">The factor s.</param>
    /// <param name="weighted">Receives the weighted values, <c>(N, R)</c>.</param>
    public static void Forward(torch.Tensor joint, torch.Tensor weights, float scale, torch.Tensor weighted)
    {
        int rank = (int)weighted.shape[1], experts = (int)weights.shape[1], width = rank / experts;
        Span<float> given = Floats(joint), shares = Floats(weights), into = Floats(weighted);
        for (var position = 0; position * experts < shares.Length; position++)
            given.Slice((position * (rank + experts)) + rank, experts).CopyTo(shares[(position * experts)..]);
        Softmax(shares, experts, scale);
        for (var block = 0; block < shares.Length; block++)
            Scale(ref given[(block * width) + (block / experts * experts)], shares[block], ref into[block * width], width);
    }

    /// <summary>The gradients of both.</summary>
    /// <param name="joint">As it was, <c>(N, R + E)</c>.</param>
    /// <param name="weights">s times the softmax, <c>(N, E)</c>.</param>
    /// <param name="scale">The factor s.</param>
    /// <param name="gradient">Gradient of the weighted values, <c>(N, R)</c>.</param>
    /// <param name="result">Receives the gradient of the down-projection's values and, behind each position's, of the router's, <c>(N, R + E)</c>.</param>
    public static void Backward(torch.Tensor joint, torch.Tensor weights, float scale, torch.Tensor gradient, torch.Tensor result)
    {
        int rank = (int)gradient.shape[1], experts = (int)weights.shape[1], width = rank / experts;
        Span<float> values = Floats(joint), given = Floats(gradient), into = Floats(result), all = Floats(weights);
        for (var position = 0; position * experts < all.Length; position++)
        {
            var share = all.Slice(position * experts, experts);
            var row = into.Slice(position * (rank + experts), rank + experts);
            var low = values.Slice(position * (rank + experts), rank);
            var routed = row[rank..];
            for (var expert = 0; expert < experts; expert++)
            {
                var start = expert * width;
                routed[expert] = share[expert] * ScaleAndDot(ref given[(position * rank) + start], share[expert], ref row[start], ref low[start], width);
            }

            // d softmax: w (g - sum of w g / s), where w is s times the softmax.
            var mean = 0f;
            foreach (var part in routed) mean += part / scale;
            for (var expert = 0; expert < experts; expert++) routed[expert] -= share[expert] * mean;
        }
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

    private static Span<float> Floats(torch.Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.bytes);
}

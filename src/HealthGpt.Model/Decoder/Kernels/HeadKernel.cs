using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace HealthGpt.Model.Decoder.Kernels;

// Shapes: B batch, T sequence, N heads, K key-value heads, D head width.

/// <summary>
/// What lies between the projections of a block and its attention, and back: splitting positions into heads, turning them (RoFormer, arXiv 2104.09864, in the half-split form), scaling,
/// repeating the heads that several queries share, and changing the element type, in one pass.
/// </summary>
internal static unsafe class HeadKernel
{
    /// <summary>Takes heads out of projections.</summary>
    /// <param name="heads">What to take.</param>
    /// <param name="from">The projections, <c>(B T, ..)</c>.</param>
    /// <param name="turns">Cosines and sines as float32; null for heads that are not turned.</param>
    /// <param name="scale">What elements are multiplied by.</param>
    /// <param name="into">Receives them, <c>(B N, T, D)</c>.</param>
    public static void Split(HeadLayout heads, TensorRows from, Turns? turns, float scale, TensorRows into)
    {
        if (from.IsBFloat16 && into.IsBFloat16) Split<BFloat16Row, BFloat16Row>(heads, from, turns, scale, into);
        else if (from.IsBFloat16) Split<BFloat16Row, Float32Row>(heads, from, turns, scale, into);
        else Split<Float32Row, Float32Row>(heads, from, turns, scale, into);
    }

    /// <summary>Brings gradients of heads back to where the heads were taken from.</summary>
    /// <param name="heads">What was taken.</param>
    /// <param name="from">The heads' gradients in float32, <c>(B N, T, D)</c>.</param>
    /// <param name="turns">By which they were turned.</param>
    /// <param name="scale">By which they were multiplied.</param>
    /// <param name="into">Receives the projections' gradients, <c>(B T, ..)</c>; only the elements that were taken.</param>
    public static void Join(HeadLayout heads, TensorRows from, Turns? turns, float scale, TensorRows into)
    {
        if (into.IsBFloat16) Join<BFloat16Row>(heads, from, turns, scale, into);
        else Join<Float32Row>(heads, from, turns, scale, into);
    }

    private static void Split<TFrom, TInto>(HeadLayout heads, TensorRows from, Turns? turns, float scale, TensorRows into)
        where TFrom : IRow
        where TInto : IRow =>
        RowLoop.Run(from.Rows, heads.Stored * heads.Width, (first, end) =>
        {
            var factor = Vector512.Create(scale);
            var half = heads.Width / 2;
            for (var row = first; row < end; row++)
            {
                long sequence = row / heads.Length, position = row % heads.Length;
                for (var head = 0; head < heads.Count; head++)
                {
                    byte* source = TFrom.At(from, row), target = TInto.At(into, (((sequence * heads.Count) + head) * heads.Length) + position);
                    var start = heads.Offset + (head / heads.Shared * heads.Width);
                    for (var at = 0; at < half; at += TensorRows.Lanes)
                    {
                        Vector512<float> left = TFrom.Load(source, start + at) * factor, right = TFrom.Load(source, start + at + half) * factor;
                        if (turns is { } turn) (left, right) = turn.Turn(left, right, position, at);
                        TInto.Store(target, at, left);
                        TInto.Store(target, at + half, right);
                    }
                }
            }
        });

    private static void Join<TInto>(HeadLayout heads, TensorRows from, Turns? turns, float scale, TensorRows into)
        where TInto : IRow =>
        RowLoop.Run(into.Rows, heads.Count * heads.Width, (first, end) =>
        {
            var factor = Vector512.Create(scale);
            var half = heads.Width / 2;
            for (var row = first; row < end; row++)
            {
                long sequence = row / heads.Length, position = row % heads.Length;
                for (var stored = 0; stored < heads.Stored; stored++)
                {
                    var target = TInto.At(into, row);
                    var start = heads.Offset + (stored * heads.Width);
                    for (var at = 0; at < half; at += TensorRows.Lanes)
                    {
                        Vector512<float> left = Sum(heads, from, sequence, stored, position, at), right = Sum(heads, from, sequence, stored, position, at + half);
                        if (turns is { } turn) (left, right) = turn.TurnBack(left, right, position, at);
                        TInto.Store(target, start + at, left * factor);
                        TInto.Store(target, start + at + half, right * factor);
                    }
                }
            }
        });

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Sum(HeadLayout heads, TensorRows from, long sequence, int stored, long position, int at)
    {
        var sum = Vector512<float>.Zero;
        for (var head = stored * heads.Shared; head < (stored + 1) * heads.Shared; head++)
            sum += Float32Row.Load(Float32Row.At(from, (((sequence * heads.Count) + head) * heads.Length) + position), at);
        return sum;
    }
}

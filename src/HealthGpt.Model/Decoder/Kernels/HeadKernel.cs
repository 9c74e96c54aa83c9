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
    public static void Split(HeadLayout heads, Rows from, Turns? turns, float scale, Rows into)
    {
        if (from.IsBFloat16 && into.IsBFloat16) Split<BFloat16Elements, BFloat16Elements>(heads, from, turns, scale, into);
        else if (from.IsBFloat16) Split<BFloat16Elements, Float32Elements>(heads, from, turns, scale, into);
        else Split<Float32Elements, Float32Elements>(heads, from, turns, scale, into);
    }

    /// <summary>Brings gradients of heads back to where the heads were taken from.</summary>
    /// <param name="heads">What was taken.</param>
    /// <param name="from">The heads' gradients in float32, <c>(B N, T, D)</c>.</param>
    /// <param name="turns">By which they were turned.</param>
    /// <param name="scale">By which they were multiplied.</param>
    /// <param name="into">Receives the projections' gradients, <c>(B T, ..)</c>; only the elements that were taken.</param>
    public static void Join(HeadLayout heads, Rows from, Turns? turns, float scale, Rows into)
    {
        if (into.IsBFloat16) Join<BFloat16Elements>(heads, from, turns, scale, into);
        else Join<Float32Elements>(heads, from, turns, scale, into);
    }

    private static void Split<TFrom, TInto>(HeadLayout heads, Rows from, Turns? turns, float scale, Rows into)
        where TFrom : IElements
        where TInto : IElements =>
        RowLoop.Run(from.Count, heads.Stored * heads.Width, (first, end) =>
        {
            var factor = Vector512.Create(scale);
            int half = heads.Width / 2, upper = half * TInto.Size;
            for (var row = first; row < end; row++)
            {
                long sequence = row / heads.Length, position = row % heads.Length;
                for (var head = 0; head < heads.Count; head++)
                {
                    var source = from[row] + ((heads.Offset + (head / heads.Shared * heads.Width)) * TFrom.Size);
                    var target = into[(((sequence * heads.Count) + head) * heads.Length) + position];
                    for (var at = 0; at < half; at += Rows.Lanes)
                    {
                        Vector512<float> left = TFrom.Load(source + (at * TFrom.Size)) * factor, right = TFrom.Load(source + ((at + half) * TFrom.Size)) * factor;
                        if (turns is { } turn) (left, right) = turn.Turn(left, right, position, at);
                        TInto.Store(target + (at * TInto.Size), left);
                        TInto.Store(target + upper + (at * TInto.Size), right);
                    }
                }
            }
        });

    private static void Join<TInto>(HeadLayout heads, Rows from, Turns? turns, float scale, Rows into)
        where TInto : IElements =>
        RowLoop.Run(into.Count, heads.Count * heads.Width, (first, end) =>
        {
            var factor = Vector512.Create(scale);
            var half = heads.Width / 2;
            for (var row = first; row < end; row++)
            {
                long sequence = row / heads.Length, position = row % heads.Length;
                for (var stored = 0; stored < heads.Stored; stored++)
                {
                    var target = into[row] + ((heads.Offset + (stored * heads.Width)) * TInto.Size);
                    for (var at = 0; at < half; at += Rows.Lanes)
                    {
                        Vector512<float> left = Sum(heads, from, sequence, stored, position, at), right = Sum(heads, from, sequence, stored, position, at + half);
                        if (turns is { } turn) (left, right) = turn.TurnBack(left, right, position, at);
                        TInto.Store(target + (at * TInto.Size), left * factor);
                        TInto.Store(target + ((at + half) * TInto.Size), right * factor);
                    }
                }
            }
        });

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Sum(HeadLayout heads, Rows from, long sequence, int stored, long position, int at)
    {
        var sum = Vector512<float>.Zero;
        for (var head = stored * heads.Shared; head < (stored + 1) * heads.Shared; head++)
            sum += Vector512.Load((float*)from[(((sequence * heads.Count) + head) * heads.Length) + position] + at);
        return sum;
    }
}

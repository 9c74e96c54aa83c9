using System.Runtime.Intrinsics;
using HealthGpt.Model.Decoder.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Decoder;

// Shapes: V rows of the head.

/// <summary>
/// The likeliest token of each position. On the CPU it is looked for here: torch's own search of a large vocabulary uses a second thread, which goes on spinning while the next step
/// needs its processor.
/// </summary>
public static unsafe class GreedyChoice
{
    /// <summary>What stands for a position whose logits are not all finite numbers.</summary>
    public const int NotFinite = -1;

    /// <summary>The row with the largest logit, the first of several, of each position in order.</summary>
    /// <param name="logits"><c>(.., V)</c>, float32.</param>
    /// <returns>Rows of the head, or <see cref="NotFinite"/>.</returns>
    /// <exception cref="ArgumentException">They are not float32.</exception>
    public static int[] Of(Tensor logits)
    {
        if (logits.dtype != ScalarType.Float32) throw new ArgumentException($"the logits are {logits.dtype}; float32 is needed", nameof(logits));
        using var near = logits.cpu();
        using var plain = near.contiguous();
        var rows = TensorRows.OfLast(plain);
        var choices = new int[rows.Rows];
        for (var row = 0; row < choices.Length; row++) choices[row] = Of(new ReadOnlySpan<float>((float*)rows.Data + ((long)row * rows.Columns), rows.Columns));
        return choices;
    }

    private static int Of(ReadOnlySpan<float> logits)
    {
        // Zero times what is no finite number is no number.
        var (largest, zeros) = (Vector512.Create(float.NegativeInfinity), Vector512<float>.Zero);
        var at = 0;
        for (; at + Vector512<float>.Count <= logits.Length; at += Vector512<float>.Count)
        {
            var part = Vector512.Create(logits[at..]);
            largest = Vector512.MaxNative(largest, part);
            zeros += part * Vector512<float>.Zero;
        }

        var (most, zero) = (float.NegativeInfinity, Vector512.Sum(zeros));
        for (var lane = 0; lane < Vector512<float>.Count; lane++) most = MathF.Max(most, largest[lane]);
        for (; at < logits.Length; at++)
        {
            most = MathF.Max(most, logits[at]);
            zero += logits[at] * 0;
        }

        return zero == 0 ? logits.IndexOf(most) : NotFinite;
    }
}

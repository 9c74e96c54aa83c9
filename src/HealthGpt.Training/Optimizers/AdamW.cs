using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using HealthGpt.Model.Devices;
using HealthGpt.Training.Jobs;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Training.Optimizers;

/// <summary>
/// AdamW (Loshchilov and Hutter, arXiv 1711.05101) over one flat vector in one pass over the memory. The arithmetic of an element is the same wherever it lies, in a vector register or behind the
/// last one, so the bits do not depend on how the vector is cut over threads or ranks.
/// </summary>
internal static unsafe class AdamW
{
    // What a thread takes at a time.
    private const long Block = 1 << 16;

    /// <summary>Applies one step in place.</summary>
    /// <param name="settings">Betas, epsilon and weight decay.</param>
    /// <param name="weights">The flat weights; like all of these contiguous float32 on the CPU.</param>
    /// <param name="first">Running mean of the gradient, flat.</param>
    /// <param name="second">Running mean of the squared gradient, flat.</param>
    /// <param name="gradient">The flat gradient.</param>
    /// <param name="groups">Contiguous parts with their learning rates; together they cover the vector.</param>
    /// <param name="step">Number of the step, from 1.</param>
    public static void Step(
        OptimizerSettings settings, Tensor weights, Tensor first, Tensor second, Tensor gradient, IEnumerable<(long Start, long Length, double Rate)> groups, int step)
    {
        float* w = Pointer(weights), m = Pointer(first), v = Pointer(second), g = Pointer(gradient);
        foreach (var (start, length, rate) in groups)
        {
            var numbers = new Numbers(settings, rate, step);
            void Run(long block)
            {
                var from = start + (block * Block);
                Apply(numbers, w + from, m + from, v + from, g + from, Math.Min(Block, start + length - from));
            }

            TorchThreads.Run((length + Block - 1) / Block, Run);
        }
    }

    /// <summary>Scales a gradient down to a norm.</summary>
    /// <param name="gradient">The flat gradient, scaled in place.</param>
    /// <param name="clipNorm">Largest norm; null leaves it.</param>
    /// <returns>The norm before.</returns>
    public static double Clip(Tensor gradient, double? clipNorm)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var norm = gradient.norm().item<float>();
        if (clipNorm is not { } limit || norm <= limit) return norm;
        using Scalar shrink = (float)(limit / (norm + 1e-6));
        gradient.mul_(shrink);
        return norm;
    }

    private static void Apply(Numbers numbers, float* w, float* m, float* v, float* g, long length)
    {
        var at = 0L;
        for (; at <= length - Vector<float>.Count; at += Vector<float>.Count)
        {
            var gradient = Vector.Load(g + at);
            var mean = (Vector.Load(m + at) * numbers.Beta1) + (gradient * numbers.Rest1);
            var square = (Vector.Load(v + at) * numbers.Beta2) + (gradient * numbers.Rest2 * gradient);
            var denominator = (Vector.SquareRoot(square) / new Vector<float>(numbers.SecondCorrection)) + new Vector<float>(numbers.Epsilon);
            mean.Store(m + at);
            square.Store(v + at);
            ((Vector.Load(w + at) * numbers.Kept) + (mean * numbers.Move / denominator)).Store(w + at);
        }

        for (; at < length; at++)
        {
            m[at] = (m[at] * numbers.Beta1) + (g[at] * numbers.Rest1);
            v[at] = (v[at] * numbers.Beta2) + (g[at] * numbers.Rest2 * g[at]);
            var denominator = (MathF.Sqrt(v[at]) / numbers.SecondCorrection) + numbers.Epsilon;
            w[at] = (w[at] * numbers.Kept) + (m[at] * numbers.Move / denominator);
        }
    }

    // Of the first element: the bytes of a whole vector may be more than a span holds.
    private static float* Pointer(Tensor tensor)
    {
        using var first = tensor.narrow(0, 0, Math.Min(1, tensor.numel()));
        return (float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(first.bytes));
    }

    /// <summary>A step's numbers for one learning rate.</summary>
    private readonly struct Numbers(OptimizerSettings settings, double rate, int step)
    {
        public float Beta1 { get; } = (float)settings.Beta1;

        public float Rest1 { get; } = (float)(1 - settings.Beta1);

        public float Beta2 { get; } = (float)settings.Beta2;

        public float Rest2 { get; } = (float)(1 - settings.Beta2);

        public float SecondCorrection { get; } = (float)Math.Sqrt(1 - Math.Pow(settings.Beta2, step));

        public float Epsilon { get; } = (float)settings.Epsilon;

        public float Kept { get; } = (float)(1 - (rate * settings.WeightDecay));

        public float Move { get; } = (float)(-rate / (1 - Math.Pow(settings.Beta1, step)));
    }
}

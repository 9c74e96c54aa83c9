using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace HealthGpt.Model.Decoder.Kernels;

// Shapes: N positions, F feed-forward width.

/// <summary>SwiGLU (arXiv 2002.05202), <c>silu(gate) * up</c>, and its gradients in one pass each.</summary>
internal static unsafe class SwiGluKernel
{
    /// <summary>The product.</summary>
    /// <param name="gate">Rows whose first F elements are the gate.</param>
    /// <param name="up">Rows whose last F elements are what is let through; may be the same as <paramref name="gate"/>.</param>
    /// <param name="product">Receives it, <c>(N, F)</c>.</param>
    public static void Forward(Rows gate, Rows up, Rows product)
    {
        if (gate.IsBFloat16) Forward<BFloat16Elements>(gate, up, product);
        else Forward<Float32Elements>(gate, up, product);
    }

    /// <summary>The gradients.</summary>
    /// <param name="gate">As they were.</param>
    /// <param name="up">As they were.</param>
    /// <param name="gradient">Of the product, <c>(N, F)</c>.</param>
    /// <param name="intoGate">Receives the gate's, laid out as the gate.</param>
    /// <param name="intoUp">Receives the other, laid out as it.</param>
    public static void Backward(Rows gate, Rows up, Rows gradient, Rows intoGate, Rows intoUp)
    {
        if (gate.IsBFloat16) Backward<BFloat16Elements>(gate, up, gradient, intoGate, intoUp);
        else Backward<Float32Elements>(gate, up, gradient, intoGate, intoUp);
    }

    private static void Forward<T>(Rows gate, Rows up, Rows product)
        where T : IElements =>
        RowLoop.Run(product.Count, 2L * product.Width, (from, to) =>
        {
            for (var row = from; row < to; row++)
            {
                byte* g = gate[row], u = up[row] + ((up.Width - product.Width) * T.Size), y = product[row];
                for (var at = 0; at < product.Width * T.Size; at += Rows.Lanes * T.Size)
                {
                    var value = T.Load(g + at);
                    T.Store(y + at, value * Sigmoid(value) * T.Load(u + at));
                }
            }
        });

    private static void Backward<T>(Rows gate, Rows up, Rows gradient, Rows intoGate, Rows intoUp)
        where T : IElements =>
        RowLoop.Run(gradient.Count, 3L * gradient.Width, (from, to) =>
        {
            var skipped = (up.Width - gradient.Width) * T.Size;
            for (var row = from; row < to; row++)
            {
                byte* g = gate[row], u = up[row] + skipped, d = gradient[row], dg = intoGate[row], du = intoUp[row] + skipped;
                for (var at = 0; at < gradient.Width * T.Size; at += Rows.Lanes * T.Size)
                {
                    Vector512<float> value = T.Load(g + at), given = T.Load(d + at), sigmoid = Sigmoid(value);
                    T.Store(du + at, given * value * sigmoid);
                    T.Store(dg + at, given * T.Load(u + at) * sigmoid * (Vector512<float>.One + (value * (Vector512<float>.One - sigmoid))));
                }
            }
        });

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Sigmoid(Vector512<float> x) => Vector512<float>.One / (Vector512<float>.One + Exponential.Of(-x));
}

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
    public static void Forward(TensorRows gate, TensorRows up, TensorRows product)
    {
        if (gate.IsBFloat16) Forward<BFloat16Row>(gate, up, product);
        else Forward<Float32Row>(gate, up, product);
    }

    /// <summary>The gradients.</summary>
    /// <param name="gate">As they were.</param>
    /// <param name="up">As they were.</param>
    /// <param name="gradient">Of the product, <c>(N, F)</c>.</param>
    /// <param name="intoGate">Receives the gate's, laid out as the gate.</param>
    /// <param name="intoUp">Receives the other, laid out as it.</param>
    public static void Backward(TensorRows gate, TensorRows up, TensorRows gradient, TensorRows intoGate, TensorRows intoUp)
    {
        if (gate.IsBFloat16) Backward<BFloat16Row>(gate, up, gradient, intoGate, intoUp);
        else Backward<Float32Row>(gate, up, gradient, intoGate, intoUp);
    }

    private static void Forward<T>(TensorRows gate, TensorRows up, TensorRows product)
        where T : IRow =>
        RowLoop.Run(product.Rows, 2L * product.Columns, (from, to) =>
        {
            var skipped = up.Columns - product.Columns;
            for (var row = from; row < to; row++)
            {
                byte* g = T.At(gate, row), u = T.At(up, row), y = T.At(product, row);
                for (var at = 0; at < product.Columns; at += TensorRows.Lanes)
                {
                    var value = T.Load(g, at);
                    T.Store(y, at, value * Sigmoid(value) * T.Load(u, at + skipped));
                }
            }
        });

    private static void Backward<T>(TensorRows gate, TensorRows up, TensorRows gradient, TensorRows intoGate, TensorRows intoUp)
        where T : IRow =>
        RowLoop.Run(gradient.Rows, 3L * gradient.Columns, (from, to) =>
        {
            var skipped = up.Columns - gradient.Columns;
            for (var row = from; row < to; row++)
            {
                byte* g = T.At(gate, row), u = T.At(up, row), d = T.At(gradient, row), dg = T.At(intoGate, row), du = T.At(intoUp, row);
                for (var at = 0; at < gradient.Columns; at += TensorRows.Lanes)
                {
                    Vector512<float> value = T.Load(g, at), given = T.Load(d, at), sigmoid = Sigmoid(value);
                    T.Store(du, at + skipped, given * value * sigmoid);
                    T.Store(dg, at, given * T.Load(u, at + skipped) * sigmoid * (Vector512<float>.One + (value * (Vector512<float>.One - sigmoid))));
                }
            }
        });

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Sigmoid(Vector512<float> x) => Vector512<float>.One / (Vector512<float>.One + Exponential.Of(-x));
}

using System.Runtime.Intrinsics;

namespace HealthGpt.Model.Decoder.Kernels;

// Shapes: N positions, H hidden.

/// <summary>Root mean square normalisation (arXiv 1910.07467) and its gradient in one pass each, sums in float32.</summary>
internal static unsafe class RmsNormKernel
{
    /// <summary>Normalises.</summary>
    /// <param name="x"><c>(N, H)</c>.</param>
    /// <param name="weight"><c>(1, H)</c>.</param>
    /// <param name="epsilon">Added to the mean of squares.</param>
    /// <param name="inverse">Receives one divided by each row's root mean square, N values.</param>
    /// <param name="result">Receives the normal rows times the weight, <c>(N, H)</c>.</param>
    public static void Forward(TensorRows x, TensorRows weight, float epsilon, float* inverse, TensorRows result)
    {
        if (x.IsBFloat16) Forward<BFloat16Row>(x, weight, epsilon, inverse, result);
        else Forward<Float32Row>(x, weight, epsilon, inverse, result);
    }

    /// <summary>The gradient of the input; the weight has none.</summary>
    /// <param name="x">As it was.</param>
    /// <param name="weight">As it was.</param>
    /// <param name="inverse">What the forward pass gave.</param>
    /// <param name="gradient">Of the result, <c>(N, H)</c>.</param>
    /// <param name="into">Receives it, <c>(N, H)</c>.</param>
    public static void Backward(TensorRows x, TensorRows weight, float* inverse, TensorRows gradient, TensorRows into)
    {
        if (x.IsBFloat16) Backward<BFloat16Row>(x, weight, inverse, gradient, into);
        else Backward<Float32Row>(x, weight, inverse, gradient, into);
    }

    private static void Forward<T>(TensorRows x, TensorRows weight, float epsilon, float* inverse, TensorRows result)
        where T : IRow =>
        RowLoop.Run(x.Rows, 2L * x.Columns, (from, to) =>
        {
            byte* w = T.At(weight, 0);
            for (var row = from; row < to; row++)
            {
                byte* source = T.At(x, row), target = T.At(result, row);
                var squares = Vector512<float>.Zero;
                for (var at = 0; at < x.Columns; at += TensorRows.Lanes)
                {
                    var value = T.Load(source, at);
                    squares += value * value;
                }

                inverse[row] = 1 / MathF.Sqrt((Vector512.Sum(squares) / x.Columns) + epsilon);
                var factor = Vector512.Create(inverse[row]);
                for (var at = 0; at < x.Columns; at += TensorRows.Lanes) T.Store(target, at, T.Load(source, at) * factor * T.Load(w, at));
            }
        });

    // With n the normal row and g the gradient times the weight: (g - n mean(g n)) / rms.
    private static void Backward<T>(TensorRows x, TensorRows weight, float* inverse, TensorRows gradient, TensorRows into)
        where T : IRow =>
        RowLoop.Run(x.Rows, 3L * x.Columns, (from, to) =>
        {
            byte* w = T.At(weight, 0);
            for (var row = from; row < to; row++)
            {
                byte* source = T.At(x, row), given = T.At(gradient, row), target = T.At(into, row);
                var products = Vector512<float>.Zero;
                for (var at = 0; at < x.Columns; at += TensorRows.Lanes) products += T.Load(source, at) * T.Load(given, at) * T.Load(w, at);
                var factor = Vector512.Create(inverse[row]);
                var mean = Vector512.Create(Vector512.Sum(products) / x.Columns * inverse[row] * inverse[row]);
                for (var at = 0; at < x.Columns; at += TensorRows.Lanes)
                    T.Store(target, at, factor * ((T.Load(given, at) * T.Load(w, at)) - (T.Load(source, at) * mean)));
            }
        });
}

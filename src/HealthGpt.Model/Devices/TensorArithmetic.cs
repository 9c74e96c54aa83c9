using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Devices;

/// <summary>
/// Arithmetic whose scalars outlive the native call. TorchSharp passes numbers, also the factor 1 inside <c>a + b</c> and <c>a - b</c>, as a fresh
/// <see cref="Scalar"/> that nothing holds: a garbage collection at the wrong moment lets its finalizer free it while libtorch still reads it.
/// Results are the caller's.
/// </summary>
public static class TensorArithmetic
{
    private static readonly Scalar One = 1;
    private static readonly Scalar MinusOne = -1;

    /// <summary>Element-wise sum.</summary>
    public static Tensor Plus(this Tensor left, Tensor right) => left.add(right, One);

    /// <summary>Adds a number to every element.</summary>
    public static Tensor Plus(this Tensor left, double right)
    {
        using Scalar held = right;
        return left.add(held, One);
    }

    /// <summary>Element-wise difference.</summary>
    public static Tensor Minus(this Tensor left, Tensor right) => left.add(right, MinusOne);

    /// <summary>Every element times a number.</summary>
    public static Tensor Times(this Tensor left, double right)
    {
        using Scalar held = right;
        return left.mul(held);
    }

    /// <summary>Element-wise square; TorchSharp's own is a power with a number.</summary>
    public static Tensor Squared(this Tensor x) => x * x;

    /// <summary>Every element brought into a range.</summary>
    public static Tensor Within(this Tensor x, double lowest, double highest)
    {
        using Scalar low = lowest, high = highest;
        return x.clamp(low, high);
    }
}

using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Devices;

/// <summary>
/// Sums whose scalars outlive the native call. TorchSharp's <c>a + b</c> passes its factor 1 as a fresh <see cref="Scalar"/> that nothing holds: a garbage
/// collection at the wrong moment lets its finalizer free it while libtorch still reads it.
/// </summary>
public static class TensorSum
{
    private static readonly Scalar One = 1;

    /// <summary>Element-wise sum; the caller's.</summary>
    public static Tensor Plus(this Tensor left, Tensor right) => left.add(right, One);

    /// <summary>Adds a scalar that the caller holds until the call is over; the result is the caller's.</summary>
    public static Tensor Plus(this Tensor left, Scalar right) => left.add(right, One);
}

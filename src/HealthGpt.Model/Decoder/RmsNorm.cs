using HealthGpt.Model.Devices;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Decoder;

/// <summary>Root mean square normalisation (arXiv 1910.07467), its statistics in float32.</summary>
internal static class RmsNorm
{
    public static Tensor Apply(Tensor x, Tensor weight, double epsilon)
    {
        using var wide = x.to(ScalarType.Float32);
        // square() would be a power with a temporary Scalar, which may be finalized while the native call still reads it; so may any other unnamed one.
        using var squared = wide * wide;
        using var mean = squared.mean([-1L], keepdim: true);
        using var shifted = mean.Plus(epsilon);
        using var inverse = shifted.rsqrt();
        using var normal = wide * inverse;
        using var narrow = normal.to(x.dtype);
        return narrow * weight;
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace HealthGpt.Model.Decoder.Kernels;

/// <summary>The exponential of sixteen float32 at once, to two units in the last place (the polynomial is that of Cephes' expf). The runtime's own computes in float64.</summary>
internal static class Exponential
{
    // Beyond them the result would be no normal number.
    private const float Least = -87.3f;
    private const float Most = 88.3f;

    /// <summary>e to the power of each, of arguments held to what has a normal result; what is no number stays none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Of(Vector512<float> x)
    {
        // The second operand is what comes out where one is no number.
        var held = Vector512.MinNative(Vector512.Create(Most), Vector512.MaxNative(Vector512.Create(Least), x));
        var whole = Vector512.Round(held * 1.44269504f);
        var rest = Vector512.FusedMultiplyAdd(whole, Vector512.Create(-0.693359375f), held);
        rest = Vector512.FusedMultiplyAdd(whole, Vector512.Create(2.12194440e-4f), rest);
        var sum = Vector512.FusedMultiplyAdd(Vector512.Create(1.9875691500e-4f), rest, Vector512.Create(1.3981999507e-3f));
        sum = Vector512.FusedMultiplyAdd(sum, rest, Vector512.Create(8.3334519073e-3f));
        sum = Vector512.FusedMultiplyAdd(sum, rest, Vector512.Create(4.1665795894e-2f));
        sum = Vector512.FusedMultiplyAdd(sum, rest, Vector512.Create(1.6666665459e-1f));
        sum = Vector512.FusedMultiplyAdd(sum, rest, Vector512.Create(5.0000001201e-1f));
        sum = Vector512.FusedMultiplyAdd(sum, rest * rest, rest + Vector512<float>.One);
        var power = Vector512.ShiftLeft(Vector512.ConvertToInt32(whole) + Vector512.Create(127), 23).AsSingle();
        return sum * power;
    }
}

using HealthGpt.Model.Decoder.Cpu;
using HealthGpt.Model.Decoder.Kernels;
using HealthGpt.Model.Devices;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Decoder;

// Shapes: H hidden.

/// <summary>
/// Root mean square normalisation (arXiv 1910.07467), its statistics in float32. On the CPU it is one node of the gradient's graph where gradients are kept and the weight has none: op by op it
/// reads and writes its input some twenty times and saves three copies of it.
/// </summary>
internal sealed unsafe class RmsNorm : autograd.SingleTensorFunction<RmsNorm>
{
    /// <inheritdoc/>
    public override string Name => nameof(RmsNorm);

    /// <summary>Normalises.</summary>
    /// <param name="x"><c>(.., H)</c>.</param>
    /// <param name="weight"><c>(H)</c>.</param>
    /// <param name="epsilon">Added to the mean of squares.</param>
    /// <returns><c>(.., H)</c>, the caller's.</returns>
    public static Tensor Apply(Tensor x, Tensor weight, double epsilon)
    {
        if (!is_grad_enabled() || !x.requires_grad || weight.requires_grad || !TensorRows.FitsLanes(x) || !TensorRows.FitsLanes(weight) || weight.dtype != x.dtype) return ByOps(x, weight, epsilon);
        using var made = new OwnedTensors();
        return apply(x, new Call(weight, (float)epsilon, made));
    }

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var x = (Tensor)vars[0];
        var call = (Call)vars[1];
        var result = call.Made.Own(empty_like(x));
        var rows = TensorRows.OfLast(x);
        var inverse = call.Made.Own(empty([rows.Rows], ScalarType.Float32));
        RmsNormKernel.Forward(rows, TensorRows.OfLast(call.Weight), call.Epsilon, (float*)TensorRows.Address(inverse), TensorRows.OfLast(result));
        GradientPass.Join(ctx);
        ctx.save_for_backward([x, call.Weight, inverse]);
        return result;
    }

    /// <inheritdoc/>
    public override List<Tensor?> backward(autograd.AutogradContext ctx, Tensor grad_output) =>
        GradientPass.Through(ctx, grad_output, inputs: 2, gradient => Backward(ctx, gradient));

    private static List<Tensor?> Backward(autograd.AutogradContext ctx, Tensor given)
    {
        using var saved = new SavedTensors(ctx);
        Tensor x = saved[0], weight = saved[1], inverse = saved[2];
        using var gradient = given.contiguous();
        var into = empty_like(x);
        RmsNormKernel.Backward(TensorRows.OfLast(x), TensorRows.OfLast(weight), (float*)TensorRows.Address(inverse), TensorRows.OfLast(gradient), TensorRows.OfLast(into));
        return [into, null];
    }

    private static Tensor ByOps(Tensor x, Tensor weight, double epsilon)
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

    private sealed record Call(Tensor Weight, float Epsilon, OwnedTensors Made);
}

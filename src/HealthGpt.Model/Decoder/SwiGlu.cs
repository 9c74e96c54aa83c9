using HealthGpt.Model.Decoder.Kernels;
using HealthGpt.Model.Devices;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Decoder;

// Shapes: F feed-forward width.

/// <summary>
/// SwiGLU (arXiv 2002.05202), <c>silu(gate) * up</c>. On the CPU it is one node of the gradient's graph where gradients are kept: op by op, the two halves of a fused projection would each get a
/// gradient of the whole's size, most of it zeros.
/// </summary>
internal sealed class SwiGlu : autograd.SingleTensorFunction<SwiGlu>
{
    /// <inheritdoc/>
    public override string Name => nameof(SwiGlu);

    /// <summary>The product of a fused projection.</summary>
    /// <param name="fused">Gate, then what is let through, <c>(.., 2F)</c>.</param>
    /// <returns><c>(.., F)</c>, the caller's.</returns>
    public static Tensor Apply(Tensor fused)
    {
        var width = fused.shape[^1] / 2;
        if (Applies(fused) && width % TensorRows.Lanes == 0)
        {
            using var made = new OwnedTensors();
            return apply(fused, made);
        }

        using var gate = fused.narrow(-1, 0, width);
        using var up = fused.narrow(-1, width, width);
        return ByOps(gate, up);
    }

    /// <summary>The product of two projections, <c>(.., F)</c> each.</summary>
    /// <returns><c>(.., F)</c>, the caller's.</returns>
    public static Tensor Apply(Tensor gate, Tensor up)
    {
        if (!Applies(gate) || !Applies(up)) return ByOps(gate, up);
        using var made = new OwnedTensors();
        return apply(gate, up, made);
    }

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        Tensor gate = (Tensor)vars[0], up = (Tensor)vars[^2];
        var made = (OwnedTensors)vars[^1];
        var shape = gate.shape;
        if (vars.Length == 2) shape[^1] /= 2;
        var product = made.Own(empty(shape, gate.dtype));
        SwiGluKernel.Forward(TensorRows.OfLast(gate), TensorRows.OfLast(up), TensorRows.OfLast(product));
        GradientPass.Join(ctx);
        ctx.save_for_backward(vars.Length == 2 ? [gate] : [gate, up]);
        return product;
    }

    /// <inheritdoc/>
    public override List<Tensor?> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var saved = new SavedTensors(ctx);
        return GradientPass.Through(ctx, grad_output, inputs: saved.Count + 1, gradient => Backward(saved, gradient));
    }

    private static List<Tensor?> Backward(SavedTensors saved, Tensor given)
    {
        using var gradient = given.contiguous();
        Tensor gate = saved[0], up = saved[saved.Count - 1], intoGate = empty_like(gate), intoUp = saved.Count == 1 ? intoGate : empty_like(up);
        SwiGluKernel.Backward(TensorRows.OfLast(gate), TensorRows.OfLast(up), TensorRows.OfLast(gradient), TensorRows.OfLast(intoGate), TensorRows.OfLast(intoUp));
        return saved.Count == 1 ? [intoGate, null] : [intoGate, intoUp, null];
    }

    private static bool Applies(Tensor x) => is_grad_enabled() && x.requires_grad && TensorRows.FitsLanes(x);

    private static Tensor ByOps(Tensor gate, Tensor up)
    {
        using var active = nn.functional.silu(gate);
        return active * up;
    }
}

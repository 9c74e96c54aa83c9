using HealthGpt.Model.Devices;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Decoder;

/// <summary>The identity, which tells when the backward pass comes through it: all that was computed after it has then added its gradients. TorchSharp has no hooks.</summary>
internal sealed class BackwardBoundary : autograd.SingleTensorFunction<BackwardBoundary>
{
    /// <inheritdoc/>
    public override string Name => nameof(BackwardBoundary);

    /// <summary>The same tensor behind a boundary.</summary>
    /// <param name="x">Any tensor that has a gradient.</param>
    /// <param name="reached">Called in the backward pass.</param>
    /// <returns>A view of <paramref name="x"/>, the caller's.</returns>
    public static Tensor Apply(Tensor x, Action reached)
    {
        using var made = new OwnedTensors();
        return apply(x, new Call(reached, made));
    }

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var call = (Call)vars[1];
        GradientPass.Join(ctx);
        ctx.save_data(nameof(Call), call.Reached);
        return call.Made.Own(((Tensor)vars[0]).alias());
    }

    /// <inheritdoc/>
    public override List<Tensor?> backward(autograd.AutogradContext ctx, Tensor grad_output) => GradientPass.Through(ctx, grad_output, inputs: 2, gradient =>
    {
        ((Action)ctx.get_data(nameof(Call)))();
        return [gradient.alias(), null];
    });

    private sealed record Call(Action Reached, OwnedTensors Made);
}

using HealthGpt.Model.Devices;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Decoder;

/// <summary>
/// A block as one node that keeps its input only and runs forward once more in the backward pass (Chen et al., arXiv 1604.06174): memory of one block instead of all, for a third more time. Both
/// times the arithmetic is that of the block itself, so no bit changes.
/// </summary>
internal sealed class CheckpointedBlock : autograd.SingleTensorFunction<CheckpointedBlock>
{
    /// <inheritdoc/>
    public override string Name => nameof(CheckpointedBlock);

    /// <summary>Runs a block.</summary>
    /// <param name="x">Its input.</param>
    /// <param name="block">The block; what it makes beside its output belongs to the present dispose scope.</param>
    /// <returns>Its output, the caller's.</returns>
    public static Tensor Apply(Tensor x, Func<Tensor, Tensor> block)
    {
        using var made = new OwnedTensors();
        // The block's own weights have gradients, whether its input has or not.
        using var anchor = zeros(1, requires_grad: true);
        return apply(x, anchor, new Call(block, x.requires_grad, made));
    }

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var call = (Call)vars[2];
        var input = call.Made.Own(((Tensor)vars[0]).detach());
        GradientPass.Join(ctx);
        ctx.save_for_backward([input]);
        ctx.save_data(nameof(Call), call);
        using var scope = NewDisposeScope();
        using var output = call.Run(input.detach());
        return call.Made.Own(output.detach().MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    public override List<Tensor?> backward(autograd.AutogradContext ctx, Tensor grad_output) =>
        GradientPass.Through(ctx, grad_output, inputs: 3, gradient => Backward(ctx, gradient));

    private static List<Tensor?> Backward(autograd.AutogradContext ctx, Tensor gradient)
    {
        using var scope = NewDisposeScope();
        var call = (Call)ctx.get_data(nameof(Call));
        var input = ctx.get_saved_variables()[0].detach();
        var output = call.Run(input);
        autograd.backward([output], [gradient]);
        return [call.NeedsInput ? input.grad!.alias().DetachFromDisposeScope() : null, null, null];
    }

    private sealed record Call(Func<Tensor, Tensor> Block, bool NeedsInput, OwnedTensors Made)
    {
        public Tensor Run(Tensor input)
        {
            using var grad = enable_grad();
            input.requires_grad = NeedsInput;
            return Block(input);
        }
    }
}

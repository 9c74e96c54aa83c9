using HealthGpt.Model.Devices;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.HLora;

// Shapes: N positions, I input width, O output width, R rank, E experts.

/// <summary>
/// A frozen linear layer with its H-LoRA as one node of the gradient's graph. What the adapter adds goes into the layer's own output, the gradient of the input comes from three products into one
/// tensor, and router and down-projection share theirs; op by op each of these would be a tensor of its own, written and read once more.
/// </summary>
internal sealed class AdaptedLinear : autograd.SingleTensorFunction<AdaptedLinear>
{
    /// <inheritdoc/>
    public override string Name => nameof(AdaptedLinear);

    /// <summary>Whether it can compute this: on the CPU, with gradients, around a layer that has none.</summary>
    public static bool Applies(Tensor x, HLoraSite site, Tensor? weight, Tensor? bias) =>
        is_grad_enabled() && x.device_type == DeviceType.CPU && x.dtype is ScalarType.Float32 or ScalarType.BFloat16
        && weight?.requires_grad != true && bias?.requires_grad != true
        && (x.requires_grad || site.A.requires_grad || site.B.requires_grad || site.Route.requires_grad);

    /// <summary>The layer's output with what the adapter adds; of the adapter alone where there is no layer.</summary>
    /// <param name="x">The layer's input, <c>(.., I)</c>.</param>
    /// <param name="site">The adapter.</param>
    /// <param name="scale">The factor s.</param>
    /// <param name="keep">Dropout mask already divided by the probability of keeping, <c>(.., R)</c>, or null.</param>
    /// <param name="weight">The frozen layer's weight, <c>(O, I)</c>, or null.</param>
    /// <param name="bias">The frozen layer's bias, <c>(O)</c>, or null.</param>
    /// <returns><c>(.., O)</c>, the caller's.</returns>
    public static Tensor Apply(Tensor x, HLoraSite site, double scale, Tensor? keep, Tensor? weight, Tensor? bias)
    {
        using var made = new OwnedTensors();
        var call = new Call(new Settings(scale, x.requires_grad, site.A.requires_grad || site.Route.requires_grad, site.B.requires_grad), keep, weight, bias, made);
        return apply(x, site.A, site.B, site.Route, call);
    }

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        Tensor x = (Tensor)vars[0], a = (Tensor)vars[1], b = (Tensor)vars[2], route = (Tensor)vars[3];
        var call = (Call)vars[4];
        var flat = call.Own(x.reshape(-1, x.shape[^1]));
        var down = call.Own(cat([a, route], 0));
        var joint = call.Own(Product(flat, down, ScalarType.Float32));
        if (call.Keep is { } keep) Drop(joint, a.shape[0], keep);
        var weights = call.Own(empty(joint.shape[0], route.shape[0]));
        var weighted = call.Own(empty(joint.shape[0], a.shape[0]));
        ExpertWeighting.Forward(joint, weights, (float)call.Settings.Scale, weighted);
        var merged = x.dtype == ScalarType.Float32 ? weighted : call.Own(weighted.to(x.dtype));
        GradientPass.Join(ctx);
        ctx.save_for_backward([flat, down, b, joint, weights, merged, call.Keep!, call.Weight!]);
        ctx.save_data(nameof(Call), call.Settings);
        var y = call.Own(Output(flat, b, merged, call));
        return call.Own(y.view([.. x.shape[..^1], b.shape[0]]));
    }

    /// <inheritdoc/>
    public override List<Tensor?> backward(autograd.AutogradContext ctx, Tensor grad_output) =>
        GradientPass.Through(ctx, grad_output, inputs: 5, gradient => Backward(ctx, gradient));

    private static List<Tensor?> Backward(autograd.AutogradContext ctx, Tensor output)
    {
        using var saved = new Saved(ctx);
        var settings = (Settings)ctx.get_data(nameof(Call));
        using var gradient = output.reshape(-1, output.shape[^1]);
        using var transposed = gradient.t();
        var up = settings.TrainsUp ? transposed.mm(saved.Merged) : null;
        if (!settings.TrainsDown && !settings.NeedsInput) return [null, null, up, null, null];
        using var joint = Joint(gradient, saved, settings);
        var (down, route) = settings.TrainsDown ? Down(joint, saved) : (null, null);
        var input = settings.NeedsInput ? Input(gradient, joint, saved, [.. output.shape[..^1], saved.X.shape[1]]) : null;
        return [input, down, up, route, null];
    }

    private static (Tensor Down, Tensor Route) Down(Tensor joint, Saved saved)
    {
        using var transposed = joint.t();
        using var both = transposed.mm(saved.X);
        var rank = saved.Merged.shape[1];
        return (both.narrow(0, 0, rank), both.narrow(0, rank, both.shape[0] - rank));
    }

    private static Tensor Product(Tensor x, Tensor weight, ScalarType type)
    {
        var product = nn.functional.linear(x, weight);
        if (product.dtype == type) return product;
        using (product) return product.to(type);
    }

    private static Tensor Output(Tensor x, Tensor b, Tensor merged, Call call)
    {
        if (call.Weight is not { } weight) return nn.functional.linear(merged, b);
        using var transposed = b.t();
        return nn.functional.linear(x, weight, call.Bias).addmm_(merged, transposed, 1, 1);
    }

    private static Tensor Joint(Tensor gradient, Saved saved, Settings settings)
    {
        using var merged = gradient.mm(saved.B);
        using var wide = merged.dtype == ScalarType.Float32 ? null : merged.to(ScalarType.Float32);
        var joint = empty(saved.Joint.shape);
        ExpertWeighting.Backward(saved.Joint, saved.Weights, (float)settings.Scale, wide ?? merged, joint);
        if (saved.Keep is { } keep) Drop(joint, merged.shape[1], keep);
        if (joint.dtype == gradient.dtype) return joint;
        using (joint) return joint.to(gradient.dtype);
    }

    private static void Drop(Tensor joint, long rank, Tensor keep)
    {
        using var low = joint.narrow(1, 0, rank);
        using var kept = keep.reshape(low.shape);
        low.mul_(kept);
    }

    private static Tensor Input(Tensor gradient, Tensor joint, Saved saved, long[] shape)
    {
        using var flat = saved.Weight is { } weight ? gradient.mm(weight).addmm_(joint, saved.Down, 1, 1) : joint.mm(saved.Down);
        return flat.view(shape);
    }

    private sealed record Settings(double Scale, bool NeedsInput, bool TrainsDown, bool TrainsUp);

    /// <summary>What a call takes beside the tensors that have gradients, and what its forward pass makes.</summary>
    private sealed record Call(Settings Settings, Tensor? Keep, Tensor? Weight, Tensor? Bias, OwnedTensors Made)
    {
        public Tensor Own(Tensor tensor) => Made.Own(tensor);
    }

    /// <summary>What the forward pass left for the backward pass.</summary>
    private sealed class Saved(autograd.AutogradContext context) : SavedTensors(context)
    {
        public Tensor X => this[0];

        public Tensor Down => this[1];

        public Tensor B => this[2];

        public Tensor Joint => this[3];

        public Tensor Weights => this[4];

        public Tensor Merged => this[5];

        public Tensor? Keep => this[6];

        public Tensor? Weight => this[7];
    }
}

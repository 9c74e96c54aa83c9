using HealthGpt.Model.Devices;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Decoder;

// Shapes: B batch, N heads, T sequence, D head width.

/// <summary>Attention of each position to those up to it, as one node of the gradient's graph.</summary>
internal sealed class CausalAttention : autograd.SingleTensorFunction<CausalAttention>
{
    // Tensors saved beside softmax weights.
    private const int Saved = 4;

    /// <inheritdoc/>
    public override string Name => nameof(CausalAttention);

    /// <summary>Attends.</summary>
    /// <param name="query"><c>(B, N, T, D)</c>, turned by position.</param>
    /// <param name="key">Likewise.</param>
    /// <param name="value">Likewise, not turned.</param>
    /// <returns><c>(B, N, T, D)</c>, the caller's.</returns>
    public static Tensor Apply(Tensor query, Tensor key, Tensor value)
    {
        using var made = new OwnedTensors();
        return apply(query, key, value, made);
    }

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        Tensor query = (Tensor)vars[0], key = (Tensor)vars[1], value = (Tensor)vars[2];
        var made = (OwnedTensors)vars[3];
        var scaled = made.Own(Scaled(query));
        var keys = made.Own(Rows(key, ScalarType.Float32));
        var values = made.Own(Rows(value, value.dtype));
        var output = made.Own(empty_like(values));
        var kept = AttentionBlocks.Forward(scaled, keys, values, (start, sum) =>
        {
            using var place = output.narrow(1, start, sum.shape[1]);
            place.copy_(sum);
        });
        foreach (var weights in kept) made.Own(weights);

        // Without the graph's node of it, which would hold itself.
        var plain = made.Own(output.detach());
        GradientPass.Join(ctx);
        ctx.save_for_backward([scaled, keys, values, plain, .. kept]);
        return made.Own(output.view(query.shape));
    }

    /// <inheritdoc/>
    public override List<Tensor?> backward(autograd.AutogradContext ctx, Tensor grad_output) =>
        GradientPass.Through(ctx, grad_output, inputs: 4, gradient => Backward(ctx, gradient));

    private static List<Tensor?> Backward(autograd.AutogradContext ctx, Tensor given)
    {
        using var saved = new SavedTensors(ctx);
        using var gradient = Rows(given, saved[2].dtype);
        var (queries, keys, values) = AttentionBlocks.Backward(saved[0], saved[1], saved[2], saved[3], gradient, saved.From(Saved));
        using (queries)
        using (keys)
        using (values)
        {
            using Scalar scale = AttentionBlocks.Scale(given.shape[3]);
            queries.mul_(scale);
            return [Like(queries, given), Like(keys, given), Like(values, given), null];
        }
    }

    private static Tensor Scaled(Tensor query)
    {
        using var rows = Rows(query, ScalarType.Float32);
        using Scalar scale = AttentionBlocks.Scale(query.shape[3]);
        return rows.mul(scale);
    }

    private static Tensor Rows(Tensor x, ScalarType type)
    {
        using var rows = x.reshape(-1, x.shape[2], x.shape[3]);
        return AttentionBlocks.Cast(rows, type);
    }

    private static Tensor Like(Tensor rows, Tensor model)
    {
        using var cast = AttentionBlocks.Cast(rows, model.dtype);
        return cast.view(model.shape);
    }
}

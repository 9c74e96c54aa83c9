using HealthGpt.Model.Decoder.Cpu;
using HealthGpt.Model.Decoder.Kernels;
using HealthGpt.Model.Devices;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Decoder;

// Shapes: B batch, T sequence, N heads, K key-value heads, D head width, G batch x heads.

/// <summary>
/// Attention from the projections to the joined heads as one node of the gradient's graph, on the CPU: splitting into heads, turning, scaling, repeating shared heads and changing the element type
/// are one pass each way, where op by op they are some twenty.
/// </summary>
internal sealed unsafe class ProjectedAttention : autograd.SingleTensorFunction<ProjectedAttention>
{
    // Tensors saved beside softmax weights.
    private const int Saved = 6;

    /// <inheritdoc/>
    public override string Name => nameof(ProjectedAttention);

    /// <summary>Whether it can compute this: whole sequences, no mask but the causal one, gradients kept.</summary>
    public static bool Applies(DecoderConfig config, DecoderPass pass, params ReadOnlySpan<Tensor> projections)
    {
        if (!is_grad_enabled() || pass.Cache is not null || pass.Mask is not null || pass.Cosine.dim() != 2 || config.HeadWidth % (2 * TensorRows.Lanes) != 0) return false;
        foreach (var projection in projections)
            if (!projection.requires_grad || !TensorRows.FitsLanes(projection) || projection.shape[1] < 2) return false;
        return true;
    }

    /// <summary>Attends, with queries, keys and values in one projection.</summary>
    /// <param name="fused"><c>(B, T, (N + 2 K) D)</c>.</param>
    /// <param name="config">The decoder's sizes.</param>
    /// <param name="pass">Whose positions they are.</param>
    /// <returns><c>(B, T, N D)</c>, the caller's.</returns>
    public static Tensor Apply(Tensor fused, DecoderConfig config, DecoderPass pass)
    {
        using var made = new OwnedTensors();
        return apply(fused, new Call(config, pass.Cosine, pass.Sine, made));
    }

    /// <summary>Attends, with a projection of each.</summary>
    /// <param name="query"><c>(B, T, N D)</c>.</param>
    /// <param name="key"><c>(B, T, K D)</c>.</param>
    /// <param name="value"><c>(B, T, K D)</c>.</param>
    /// <param name="config">The decoder's sizes.</param>
    /// <param name="pass">Whose positions they are.</param>
    /// <returns><c>(B, T, N D)</c>, the caller's.</returns>
    public static Tensor Apply(Tensor query, Tensor key, Tensor value, DecoderConfig config, DecoderPass pass)
    {
        using var made = new OwnedTensors();
        return apply(query, key, value, new Call(config, pass.Cosine, pass.Sine, made));
    }

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var call = (Call)vars[^1];
        Tensor[] projections = [.. vars[..^1].Cast<Tensor>()];
        var parts = Parts.Of(call.Config, projections);
        var (type, batch) = (projections[0].dtype, projections[0].shape[0]);
        Tensor cosine = call.Own(call.Cosine.to(ScalarType.Float32).contiguous()), sine = call.Own(call.Sine.to(ScalarType.Float32).contiguous());
        var turns = TurnsOf(cosine, sine);
        Tensor Take((HeadLayout Heads, Tensor Projection) part, Turns? by, double scale, ScalarType into)
        {
            var heads = call.Own(empty([batch * part.Heads.Count, part.Heads.Length, part.Heads.Width], into));
            HeadKernel.Split(part.Heads, TensorRows.OfLast(part.Projection), by, (float)scale, TensorRows.OfLast(heads));
            return heads;
        }

        var scaled = Take(parts.Query, turns, AttentionBlocks.Scale(call.Config.HeadWidth), ScalarType.Float32);
        var keys = Take(parts.Key, turns, 1, ScalarType.Float32);
        var values = Take(parts.Value, null, 1, type);
        var joined = call.Own(empty([batch, parts.Query.Heads.Length, parts.Query.Heads.Count * parts.Query.Heads.Width], type));
        using var output = HeadsOf(joined, parts.Query.Heads);
        var kept = AttentionBlocks.Forward(scaled, keys, values, (start, sum) =>
        {
            using var heads = sum.view(batch, -1, sum.shape[1], sum.shape[2]);
            using var place = output.narrow(2, start, sum.shape[1]);
            place.copy_(heads);
        });
        foreach (var weights in kept) call.Own(weights);

        // Without the graph's node of it, which would hold itself.
        var plain = call.Own(joined.detach());
        GradientPass.Join(ctx);
        ctx.save_for_backward([scaled, keys, values, plain, cosine, sine, .. kept]);
        ctx.save_data(nameof(Call), new Shapes(call.Config, [.. projections.Select(projection => projection.shape)]));
        return joined;
    }

    /// <inheritdoc/>
    public override List<Tensor?> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var shapes = (Shapes)ctx.get_data(nameof(Call));
        return GradientPass.Through(ctx, grad_output, inputs: shapes.Projections.Length + 1, gradient => Backward(ctx, gradient, shapes));
    }

    private static List<Tensor?> Backward(autograd.AutogradContext ctx, Tensor given, Shapes shapes)
    {
        using var saved = new SavedTensors(ctx);
        List<Tensor?> into = [.. shapes.Projections.Select(shape => empty(shape, given.dtype)), null];
        var parts = Parts.Of(shapes.Config, [.. into[..^1].Select(tensor => tensor!)]);
        using var output = RowsOf(saved[3], parts.Query.Heads);
        using var gradient = RowsOf(given, parts.Query.Heads);
        var (queries, keys, values) = AttentionBlocks.Backward(saved[0], saved[1], saved[2], output, gradient, saved.From(Saved));
        using (queries)
        using (keys)
        using (values)
        {
            var turns = TurnsOf(saved[4], saved[5]);
            HeadKernel.Join(parts.Query.Heads, TensorRows.OfLast(queries), turns, (float)AttentionBlocks.Scale(shapes.Config.HeadWidth), TensorRows.OfLast(parts.Query.Projection));
            HeadKernel.Join(parts.Key.Heads, TensorRows.OfLast(keys), turns, 1, TensorRows.OfLast(parts.Key.Projection));
            HeadKernel.Join(parts.Value.Heads, TensorRows.OfLast(values), null, 1, TensorRows.OfLast(parts.Value.Projection));
        }

        return into;
    }

    /// <summary><c>(B, T, N D)</c> seen as <c>(B, N, T, D)</c>.</summary>
    private static Tensor HeadsOf(Tensor joined, HeadLayout heads)
    {
        using var split = joined.view(joined.shape[0], joined.shape[1], heads.Count, heads.Width);
        return split.transpose(1, 2);
    }

    /// <summary><c>(B, T, N D)</c> copied to <c>(G, T, D)</c>.</summary>
    private static Tensor RowsOf(Tensor joined, HeadLayout heads)
    {
        using var whole = joined.contiguous();
        using var split = HeadsOf(whole, heads);
        return split.reshape(-1, heads.Length, heads.Width);
    }

    private static Turns TurnsOf(Tensor cosine, Tensor sine) => new(TensorRows.Address(cosine), TensorRows.Address(sine), (int)cosine.shape[1]);

    /// <summary>What a call takes beside the tensors that have gradients, and what its forward pass makes.</summary>
    private sealed record Call(DecoderConfig Config, Tensor Cosine, Tensor Sine, OwnedTensors Made)
    {
        public Tensor Own(Tensor tensor) => Made.Own(tensor);
    }

    private sealed record Shapes(DecoderConfig Config, long[][] Projections);

    /// <summary>Where queries, keys and values lie.</summary>
    private sealed record Parts((HeadLayout Heads, Tensor Projection) Query, (HeadLayout Heads, Tensor Projection) Key, (HeadLayout Heads, Tensor Projection) Value)
    {
        public static Parts Of(DecoderConfig config, Tensor[] projections)
        {
            var length = (int)projections[0].shape[1];
            int width = config.HeadWidth, queries = config.Heads, keys = config.KeyValueHeads;
            var fused = projections.Length == 1;
            (HeadLayout, Tensor) Part(int index, int offset, int stored) =>
                (new HeadLayout(fused ? offset * width : 0, stored, queries / stored, width, length), projections[fused ? 0 : index]);
            return new Parts(Part(0, 0, queries), Part(1, queries, keys), Part(2, queries + keys, keys));
        }
    }
}

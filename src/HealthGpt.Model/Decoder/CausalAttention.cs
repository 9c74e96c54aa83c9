using HealthGpt.Model.Devices;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Decoder;

// Shapes: G batch x heads, T sequence, D head width, S queries of a block, E keys that its last query sees.

/// <summary>
/// Attention of each position to those up to it, as one node of the gradient's graph. Queries go in blocks, each against the keys it sees only, so half of the products are never made; of long
/// sequences the weights are made again in the backward pass (FlashAttention, arXiv 2205.14135). Everything is a batched product: on the CPU several times as fast as libtorch's own kernel in
/// bfloat16, on a GPU free of atomic additions, whose order is not fixed. Scores and softmax are float32.
/// </summary>
internal sealed class CausalAttention : autograd.SingleTensorFunction<CausalAttention>
{
    private const long Block = 128;

    // Up to so many weights of a layer are kept for the backward pass; more are made again.
    private const long MostKept = 16 << 20;

    // Tensors saved beside them.
    private const int Saved = 4;

    // Held: a temporary Scalar may be finalized while the native call still reads it.
    private static readonly Scalar One = 1;
    private static readonly Scalar Hidden = double.NegativeInfinity;

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
        var shape = query.shape;
        var scaled = made.Own(Scaled(query));
        var keys = made.Own(Rows(key, ScalarType.Float32));
        var values = made.Own(Rows(value, value.dtype));
        var output = made.Own(empty_like(values));
        var kept = new List<Tensor>();
        foreach (var (start, length) in Blocks(shape[2]))
        {
            var weights = made.Own(Weights(scaled, keys, start, length, value.dtype));
            using var seen = values.narrow(1, 0, start + length);
            using var sum = weights.bmm(seen);
            using var place = output.narrow(1, start, length);
            place.copy_(sum);
            if (Keeps(values)) kept.Add(weights);
            else weights.Dispose();
        }

        // Without the graph's node of it, which would hold itself.
        var plain = made.Own(output.detach());
        GradientPass.Join(ctx);
        ctx.save_for_backward([scaled, keys, values, plain, .. kept]);
        return made.Own(output.view(shape));
    }

    /// <inheritdoc/>
    public override List<Tensor?> backward(autograd.AutogradContext ctx, Tensor grad_output) =>
        GradientPass.Through(ctx, grad_output, inputs: 4, gradient => Backward(ctx, gradient));

    private static List<Tensor?> Backward(autograd.AutogradContext ctx, Tensor given)
    {
        var saved = ctx.get_saved_variables();
        using Tensor scaled = saved[0], keys = saved[1], values = saved[2], output = saved[3];
        using var gradient = Rows(given, values.dtype);
        using var queries = Cast(scaled, values.dtype);
        using var narrowKeys = Cast(keys, values.dtype);
        using var products = gradient * output;
        using var means = products.sum(-1, keepdim: true);
        using Tensor intoQueries = empty_like(scaled), intoKeys = zeros_like(keys), intoValues = zeros_like(keys);
        var block = Saved;
        foreach (var (start, length) in Blocks(scaled.shape[1]))
        {
            var end = start + length;
            using var weights = Keeps(values) ? saved[block++] : Weights(scaled, keys, start, length, values.dtype);
            using var part = gradient.narrow(1, start, length);
            AddProduct(intoValues, weights, part, end);
            using var scores = Scores(part, values, means, weights, start, end);
            using var seen = narrowKeys.narrow(1, 0, end);
            using var sum = scores.bmm(seen);
            using var place = intoQueries.narrow(1, start, length);
            place.copy_(sum);
            using var asked = queries.narrow(1, start, length);
            AddProduct(intoKeys, scores, asked, end);
        }

        using Scalar scale = Scale(given);
        intoQueries.mul_(scale);
        return [Like(intoQueries, given), Like(intoKeys, given), Like(intoValues, given), null];
    }

    private static bool Keeps(Tensor rows) => rows.shape[0] * rows.shape[1] * rows.shape[1] <= MostKept;

    /// <summary>Softmax of a block's scores, <c>(G, S, E)</c>.</summary>
    private static Tensor Weights(Tensor scaled, Tensor keys, long start, long length, ScalarType type)
    {
        using var asked = scaled.narrow(1, start, length);
        using var seen = keys.narrow(1, 0, start + length);
        using var transposed = seen.transpose(1, 2);
        using var scores = asked.bmm(transposed);
        using (var last = scores.narrow(2, start, length))
        using (var hidden = full([length, length], Hidden, ScalarType.Float32, scores.device))
        using (var later = hidden.triu(1))
            last.add_(later, One);
        using var weights = scores.softmax(-1);
        return Cast(weights, type);
    }

    // d softmax: w (g - sum of w g), where the sum is that of the output times its gradient.
    private static Tensor Scores(Tensor gradient, Tensor values, Tensor means, Tensor weights, long start, long end)
    {
        using var seen = values.narrow(1, 0, end);
        using var transposed = seen.transpose(1, 2);
        using var mean = means.narrow(1, start, end - start);
        var scores = gradient.bmm(transposed);
        scores.sub_(mean).mul_(weights);
        return scores;
    }

    private static void AddProduct(Tensor sums, Tensor left, Tensor right, long end)
    {
        using var transposed = left.transpose(1, 2);
        using var product = transposed.bmm(right);
        using var place = sums.narrow(1, 0, end);
        place.add_(product, One);
    }

    private static IEnumerable<(long Start, long Length)> Blocks(long positions)
    {
        for (var start = 0L; start < positions; start += Block) yield return (start, Math.Min(Block, positions - start));
    }

    private static double Scale(Tensor query) => 1 / Math.Sqrt(query.shape[3]);

    private static Tensor Scaled(Tensor query)
    {
        using var rows = Rows(query, ScalarType.Float32);
        using Scalar scale = Scale(query);
        return rows.mul(scale);
    }

    private static Tensor Rows(Tensor x, ScalarType type)
    {
        using var rows = x.reshape(-1, x.shape[2], x.shape[3]);
        return Cast(rows, type);
    }

    private static Tensor Cast(Tensor x, ScalarType type) => x.dtype == type ? x.alias() : x.to(type);

    private static Tensor Like(Tensor rows, Tensor model)
    {
        using var cast = Cast(rows, model.dtype);
        return cast.view(model.shape);
    }
}

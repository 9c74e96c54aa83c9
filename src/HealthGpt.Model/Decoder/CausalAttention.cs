using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Decoder;

// Shapes: G batch x heads, T sequence, D head width, S queries of a block, E keys that its last query sees.

/// <summary>
/// Attention of each position to those up to it, as one node of the gradient's graph. Queries go in blocks, each against the keys it sees only, so half of the products are never made; the
/// weights of a block are made again in the backward pass (FlashAttention, arXiv 2205.14135). Everything is a batched product: on the CPU several times as fast as libtorch's own kernel in
/// bfloat16, on a GPU free of atomic additions, whose order is not fixed. Scores and softmax are float32.
/// </summary>
internal sealed class CausalAttention : autograd.SingleTensorFunction<CausalAttention>
{
    private const long Block = 128;

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
        using var made = new Made();
        return apply(query, key, value, made);
    }

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        Tensor query = (Tensor)vars[0], key = (Tensor)vars[1], value = (Tensor)vars[2];
        var made = (Made)vars[3];
        var shape = query.shape;
        var scaled = made.Own(Scaled(query));
        var keys = made.Own(Rows(key, ScalarType.Float32));
        var values = made.Own(Rows(value, value.dtype));
        var output = made.Own(empty_like(values));
        foreach (var (start, length) in Blocks(shape[2]))
        {
            using var weights = Weights(scaled, keys, start, length);
            using var cast = Cast(weights, value.dtype);
            using var seen = values.narrow(1, 0, start + length);
            using var sum = cast.bmm(seen);
            using var place = output.narrow(1, start, length);
            place.copy_(sum);
        }

        var plain = made.Own(output.detach());
        ctx.save_for_backward([scaled, keys, values, plain]);
        return made.Own(output.view(shape));
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var saved = ctx.get_saved_variables();
        using Tensor scaled = saved[0], keys = saved[1], values = saved[2], output = saved[3];
        using var gradient = Rows(grad_output, values.dtype);
        using var queries = Cast(scaled, values.dtype);
        using var narrowKeys = Cast(keys, values.dtype);
        using var products = gradient * output;
        using var means = products.sum(-1, keepdim: true, type: ScalarType.Float32);
        using Tensor intoQueries = empty_like(scaled), intoKeys = zeros_like(keys), intoValues = zeros_like(keys);
        foreach (var (start, length) in Blocks(scaled.shape[1]))
        {
            var end = start + length;
            using var weights = Weights(scaled, keys, start, length);
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

        using Scalar scale = Scale(grad_output);
        intoQueries.mul_(scale);
        List<Tensor> gradients = [Like(intoQueries, grad_output), Like(intoKeys, grad_output), Like(intoValues, grad_output), null!];
        // The caller reads them after this returns; the node outlives that and keeps them from the finalizer.
        ctx.save_data(nameof(backward), gradients);
        return gradients;
    }

    /// <summary>Softmax of a block's scores, <c>(G, S, E)</c> in float32.</summary>
    private static Tensor Weights(Tensor scaled, Tensor keys, long start, long length)
    {
        using var asked = scaled.narrow(1, start, length);
        using var seen = keys.narrow(1, 0, start + length);
        using var transposed = seen.transpose(1, 2);
        using var scores = asked.bmm(transposed);
        using (var last = scores.narrow(2, start, length))
        using (var hidden = full([length, length], Hidden, ScalarType.Float32, scores.device))
        using (var later = hidden.triu(1))
            last.add_(later, One);
        return scores.softmax(-1);
    }

    // d softmax: w (g - sum of w g), where the sum is that of the output times its gradient.
    private static Tensor Scores(Tensor gradient, Tensor values, Tensor means, Tensor weights, long start, long end)
    {
        using var seen = values.narrow(1, 0, end);
        using var transposed = seen.transpose(1, 2);
        using var product = gradient.bmm(transposed);
        using var wide = Cast(product, ScalarType.Float32);
        using var mean = means.narrow(1, start, end - start);
        wide.sub_(mean).mul_(weights);
        return Cast(wide, gradient.dtype);
    }

    private static void AddProduct(Tensor sums, Tensor left, Tensor right, long end)
    {
        using var cast = Cast(left, right.dtype);
        using var transposed = cast.transpose(1, 2);
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

    /// <summary>What the forward pass makes; what is saved of it is taken only after the forward pass returned.</summary>
    private sealed class Made : IDisposable
    {
        private readonly List<Tensor> _tensors = [];

        public Tensor Own(Tensor tensor)
        {
            _tensors.Add(tensor);
            return tensor;
        }

        public void Dispose()
        {
            foreach (var tensor in _tensors) tensor.Dispose();
        }
    }
}

using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Decoder;

// Shapes: G batch x heads, T sequence, D head width, S queries of a block, E keys that its last query sees.

/// <summary>
/// Attention of each position to those up to it, and its gradients. Queries go in blocks, each against the keys it sees only, so half of the products are never made; of long sequences the weights
/// are made again in the backward pass (FlashAttention, arXiv 2205.14135). Everything is a batched product: on the CPU several times as fast as libtorch's own kernel in bfloat16, on a GPU free of
/// atomic additions, whose order is not fixed. Scores and softmax are float32.
/// </summary>
internal static class AttentionBlocks
{
    private const long Block = 128;

    // Up to so many weights of a layer are kept for the backward pass; more are made again.
    private const long MostKept = 16 << 20;

    // Held: a temporary Scalar may be finalized while the native call still reads it.
    private static readonly Scalar One = 1;
    private static readonly Scalar Hidden = double.NegativeInfinity;

    /// <summary>Attends.</summary>
    /// <param name="scaled">Queries, turned and scaled, float32, <c>(G, T, D)</c>.</param>
    /// <param name="keys">Keys, turned, float32, <c>(G, T, D)</c>.</param>
    /// <param name="values">Values, <c>(G, T, D)</c>.</param>
    /// <param name="write">Takes what a block of queries gets: the first of them and <c>(G, S, D)</c>.</param>
    /// <returns>Softmax weights of the blocks for the backward pass, the caller's; none of long sequences.</returns>
    public static List<Tensor> Forward(Tensor scaled, Tensor keys, Tensor values, Action<long, Tensor> write)
    {
        var kept = new List<Tensor>();
        using var hidden = Later(scaled);
        foreach (var (start, length) in Blocks(scaled.shape[1]))
        {
            var weights = Weights(scaled, keys, hidden, start, length, values.dtype);
            using var seen = values.narrow(1, 0, start + length);
            using var sum = weights.bmm(seen);
            write(start, sum);
            if (Keeps(values)) kept.Add(weights);
            else weights.Dispose();
        }

        return kept;
    }

    /// <summary>The gradients.</summary>
    /// <param name="scaled">As they were.</param>
    /// <param name="keys">As they were.</param>
    /// <param name="values">As they were.</param>
    /// <param name="output">What attention gave, <c>(G, T, D)</c>.</param>
    /// <param name="gradient">Its gradient, <c>(G, T, D)</c>.</param>
    /// <param name="kept">What the forward pass returned.</param>
    /// <returns>Gradients of scaled queries, keys and values, float32, <c>(G, T, D)</c>; the caller's.</returns>
    public static (Tensor Queries, Tensor Keys, Tensor Values) Backward(Tensor scaled, Tensor keys, Tensor values, Tensor output, Tensor gradient, IReadOnlyList<Tensor> kept)
    {
        using var queries = Cast(scaled, values.dtype);
        using var narrowKeys = Cast(keys, values.dtype);
        using var products = gradient * output;
        using var means = products.sum(-1, keepdim: true);
        Tensor intoQueries = empty_like(scaled), intoKeys = zeros_like(keys), intoValues = zeros_like(keys);
        using var hidden = Keeps(values) ? null : Later(scaled);
        var block = 0;
        foreach (var (start, length) in Blocks(scaled.shape[1]))
        {
            var end = start + length;
            using var weights = Keeps(values) ? kept[block++].alias() : Weights(scaled, keys, hidden!, start, length, values.dtype);
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

        return (intoQueries, intoKeys, intoValues);
    }

    /// <summary>Another element type, or the same tensor once more.</summary>
    public static Tensor Cast(Tensor x, ScalarType type) => x.dtype == type ? x.alias() : x.to(type);

    /// <summary>What scores are multiplied by.</summary>
    /// <param name="width">Elements of a head.</param>
    public static double Scale(long width) => 1 / Math.Sqrt(width);

    private static bool Keeps(Tensor rows) => rows.shape[0] * rows.shape[1] * rows.shape[1] <= MostKept;

    /// <summary>Softmax of a block's scores, <c>(G, S, E)</c>.</summary>
    private static Tensor Weights(Tensor scaled, Tensor keys, Tensor hidden, long start, long length, ScalarType type)
    {
        using var asked = scaled.narrow(1, start, length);
        using var seen = keys.narrow(1, 0, start + length);
        using var transposed = seen.transpose(1, 2);
        using var scores = asked.bmm(transposed);
        using (var last = scores.narrow(2, start, length))
        using (var rows = hidden.narrow(0, 0, length))
        using (var later = rows.narrow(1, 0, length))
            last.add_(later, One);
        using var weights = scores.softmax(-1);
        return Cast(weights, type);
    }

    /// <summary>What hides from each position of a block those that follow it there.</summary>
    private static Tensor Later(Tensor rows)
    {
        var length = Math.Min(Block, rows.shape[1]);
        using var hidden = full([length, length], Hidden, ScalarType.Float32, rows.device);
        return hidden.triu(1);
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
}

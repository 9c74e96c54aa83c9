using HealthGpt.Model.Devices;
using HealthGpt.Model.HLora;
using HealthGpt.Model.Layouts;
using HealthGpt.Model.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Decoder;

// Shapes: B batch, T sequence, H hidden, N heads, D head width.

/// <summary>One block: pre-norm attention with rotary embedding, then pre-norm SwiGLU.</summary>
internal sealed class DecoderBlock
{
    // Held: a temporary Scalar may be finalized while the native call still reads it.
    private static readonly Scalar One = 1;

    private static readonly string[] FusedProjection = ["self_attn.qkv_proj"];
    private static readonly string[] SeparateProjections = ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"];

    private readonly DecoderConfig _config;
    private readonly int _layer;
    private readonly Tensor _attentionNorm;
    private readonly Tensor _feedForwardNorm;
    private readonly Dictionary<string, (int Index, string Key, Tensor Weight, Tensor? Bias)> _linears = [];

    public DecoderBlock(DecoderConfig config, WeightSet weights, int layer)
    {
        _config = config;
        _layer = layer;
        var prefix = DecoderLayout.BlockPrefix(layer);
        _attentionNorm = weights.Get(prefix + DecoderLayout.AttentionNorm, config.Hidden);
        _feedForwardNorm = weights.Get(prefix + DecoderLayout.FeedForwardNorm, config.Hidden);
        foreach (var linear in config.Linears)
            _linears.Add(linear.Name, (
                _linears.Count, DecoderConfig.LinearKey(layer, linear.Name), weights.Get(prefix + linear.Name + ".weight", linear.Out, linear.In),
                linear.HasBias ? weights.Get(prefix + linear.Name + ".bias", linear.Out) : null));
    }

    private string[] Projections => _config.Family == DecoderFamily.Qwen2 ? SeparateProjections : FusedProjection;

    public Tensor Forward(Tensor x, DecoderPass pass)
    {
        using var attention = Attention(x, pass);
        using var middle = x.Plus(attention);
        using var feedForward = FeedForward(middle, pass);
        return middle.Plus(feedForward);
    }

    private Tensor Attention(Tensor x, DecoderPass pass)
    {
        using var heads = Heads(x, pass);
        return Linear("self_attn.o_proj", heads, pass);
    }

    /// <summary>What attention gives, <c>(B, T, N D)</c>.</summary>
    private Tensor Heads(Tensor x, DecoderPass pass)
    {
        using var normal = RmsNorm.Apply(x, _attentionNorm, _config.NormEpsilon);
        Tensor[] projections = [.. Projections.Select(name => Linear(name, normal, pass))];
        try
        {
            if (!ProjectedAttention.Applies(_config, pass, projections)) return AttendByOps(projections, pass);
            return projections is [var fused]
                ? ProjectedAttention.Apply(fused, _config, pass)
                : ProjectedAttention.Apply(projections[0], projections[1], projections[2], _config, pass);
        }
        finally
        {
            foreach (var projection in projections) projection.Dispose();
        }
    }

    private Tensor AttendByOps(Tensor[] projections, DecoderPass pass)
    {
        var (query, key, value) = QueryKeyValue(projections);
        using (query)
        using (key)
        using (value)
        {
            using var turnedQuery = RotaryEmbedding.Apply(query, pass.Cosine, pass.Sine);
            using var turnedKey = RotaryEmbedding.Apply(key, pass.Cosine, pass.Sine);
            var (keys, values) = pass.Remember(_layer, turnedKey, value);
            using (keys)
            using (values)
            using (var allKeys = RepeatHeads(keys))
            using (var allValues = RepeatHeads(values))
            using (var heads = Attend(turnedQuery, allKeys, allValues, pass.Mask))
            using (var swapped = heads.transpose(1, 2))
                return swapped.flatten(2);
        }
    }

    // On a CPU the bfloat16 kernel makes a small matmul of every block of every head, each with a set-up of its own; in float32 a sequence
    // takes two thirds of the time. One query (a decoding step) would pay for casting the whole cache.
    private static Tensor Attend(Tensor query, Tensor key, Tensor value, Tensor? mask)
    {
        var causal = mask is null && query.shape[2] > 1;
        if (causal && is_grad_enabled() && query.requires_grad && query.shape[2] == key.shape[2]) return CausalAttention.Apply(query, key, value);
        if (query.dtype != ScalarType.BFloat16 || query.device_type != DeviceType.CPU || query.shape[2] == 1)
            return nn.functional.scaled_dot_product_attention(query, key, value, mask, 0, causal);

        using var wideQuery = query.to(ScalarType.Float32);
        using var wideKey = key.to(ScalarType.Float32);
        using var wideValue = value.to(ScalarType.Float32);
        using var wideMask = mask?.to(ScalarType.Float32);
        using var heads = nn.functional.scaled_dot_product_attention(wideQuery, wideKey, wideValue, wideMask, 0, causal);
        return heads.to(query.dtype);
    }

    private (Tensor Query, Tensor Key, Tensor Value) QueryKeyValue(Tensor[] projections)
    {
        long width = _config.HeadWidth, queries = _config.Heads * width, keys = _config.KeyValueHeads * width;
        return projections is [var fused]
            ? (Split(fused, 0, queries), Split(fused, queries, keys), Split(fused, queries + keys, keys))
            : (Split(projections[0], 0, queries), Split(projections[1], 0, keys), Split(projections[2], 0, keys));
    }

    /// <summary><c>(B, T, ..)</c> to <c>(B, N, T, D)</c>.</summary>
    private Tensor Split(Tensor x, long start, long width)
    {
        using var part = x.narrow(-1, start, width);
        using var heads = part.reshape(part.shape[0], part.shape[1], -1, _config.HeadWidth);
        return heads.transpose(1, 2);
    }

    private Tensor RepeatHeads(Tensor x)
    {
        var times = _config.Heads / _config.KeyValueHeads;
        if (times == 1) return x.alias();
        using var spread = x.unsqueeze(2);
        using var repeated = spread.expand(-1, -1, times, -1, -1);
        return repeated.flatten(1, 2);
    }

    private Tensor FeedForward(Tensor x, DecoderPass pass)
    {
        using var normal = RmsNorm.Apply(x, _feedForwardNorm, _config.NormEpsilon);
        using var product = _config.Family == DecoderFamily.Qwen2 ? GateTimesUp(normal, pass) : GatedUp(normal, pass);
        return Linear("mlp.down_proj", product, pass);
    }

    private Tensor GateTimesUp(Tensor x, DecoderPass pass)
    {
        using var gate = Linear("mlp.gate_proj", x, pass);
        using var up = Linear("mlp.up_proj", x, pass);
        return SwiGlu.Apply(gate, up);
    }

    private Tensor GatedUp(Tensor x, DecoderPass pass)
    {
        using var fused = Linear("mlp.gate_up_proj", x, pass);
        return SwiGlu.Apply(fused);
    }

    private Tensor Linear(string name, Tensor x, DecoderPass pass)
    {
        var linear = _linears[name];
        if (pass.Shared is { } shared)
        {
            using var keep = pass.Dropout is { Probability: > 0 } dropout ? dropout.Mask(_layer, linear.Index, [x.shape[0], x.shape[1], shared.Rank], x.dtype, x.device) : null;
            return shared[linear.Key].Forward(x, linear.Weight, linear.Bias, shared.Scale, keep);
        }

        var sum = nn.functional.linear(x, linear.Weight, linear.Bias);
        foreach (var (weights, rows) in pass.Groups)
        {
            using var before = sum;
            using var part = x.index_select(0, rows);
            using var delta = weights[linear.Key].Delta(part, weights.Scale);
            sum = before.index_add(0, rows, delta, One);
        }

        return sum;
    }
}

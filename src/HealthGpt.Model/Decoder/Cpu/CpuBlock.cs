using HealthGpt.Model.Decoder.Kernels;
using HealthGpt.Model.Layouts;
using HealthGpt.Model.Weights;

namespace HealthGpt.Model.Decoder.Cpu;

/// <summary>One block's weights in memory, in the order they are read.</summary>
/// <param name="AttentionNorm">RMSNorm before attention.</param>
/// <param name="QueryKeyValue">One fused projection, or three.</param>
/// <param name="Output">The projection after attention.</param>
/// <param name="FeedForwardNorm">RMSNorm before the feed-forward layer.</param>
/// <param name="GateUp">One fused projection, or two.</param>
/// <param name="Down">The projection back to the residual stream.</param>
internal sealed record CpuBlock(
    TensorRows AttentionNorm, CpuLinear[] QueryKeyValue, CpuLinear[] Output, TensorRows FeedForwardNorm, CpuLinear[] GateUp, CpuLinear[] Down)
{
    public static CpuBlock Of(DecoderConfig config, WeightSet weights, int layer)
    {
        var prefix = DecoderLayout.BlockPrefix(layer);
        var linears = config.Linears.Select((linear, at) => new CpuLinear(
            TensorRows.Of(weights.Get(prefix + linear.Name + ".weight")),
            linear.HasBias ? TensorRows.Of(weights.Get(prefix + linear.Name + ".bias")) : null,
            (layer * config.Linears.Count) + at)).ToArray();
        var fused = linears.Length == 4;
        return new CpuBlock(
            TensorRows.Of(weights.Get(prefix + DecoderLayout.AttentionNorm)), fused ? linears[..1] : linears[..3], [linears[^(fused ? 3 : 4)]],
            TensorRows.Of(weights.Get(prefix + DecoderLayout.FeedForwardNorm)), fused ? linears[2..3] : linears[4..6], [linears[^1]]);
    }
}

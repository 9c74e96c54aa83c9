using HealthGpt.Model.Adapters;
using HealthGpt.Model.Decoder;
using HealthGpt.Model.HLora;
using HealthGpt.Model.Plugins;
using HealthGpt.Model.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Tests.Decoder;

/// <summary>A small decoder with random weights, and plugins for it.</summary>
internal sealed class RandomDecoder : IDisposable
{
    public const int VisionWidth = 24;

    public RandomDecoder(DecoderConfig config, int seed, ScalarType type = ScalarType.Float32)
    {
        using var generator = new Generator((ulong)seed);
        var tensors = new Dictionary<string, Tensor>();
        Tensor Random(params long[] shape) => randn(shape, generator: generator).mul(1 / Math.Sqrt(shape[^1])).to(type);
        using (no_grad())
        using (NewDisposeScope())
        {
            for (var layer = 0; layer < config.Layers; layer++)
            {
                foreach (var linear in config.Linears)
                {
                    tensors.Add($"model.layers.{layer}.{linear.Name}.weight", Random(linear.Out, linear.In));
                    if (linear.HasBias) tensors.Add($"model.layers.{layer}.{linear.Name}.bias", Random(linear.Out));
                }

                tensors.Add($"model.layers.{layer}.input_layernorm.weight", Random(config.Hidden).add(1));
                tensors.Add($"model.layers.{layer}.post_attention_layernorm.weight", Random(config.Hidden).add(1));
            }

            tensors.Add("model.norm.weight", Random(config.Hidden).add(1));
            Decoder = new TransformerDecoder(config, new WeightSet(tensors, "random"));
        }
    }

    public TransformerDecoder Decoder { get; }

    /// <summary>One configuration of each kind: fused with a window, fused with grouped heads, apart with biases.</summary>
    public static IReadOnlyList<DecoderConfig> Configurations { get; } =
    [
        new() { Family = DecoderFamily.Phi3, Hidden = 64, Layers = 2, Heads = 4, KeyValueHeads = 4, FeedForward = 96, VocabularyRows = 32, SlidingWindow = 9, MaxPositions = 128 },
        new() { Family = DecoderFamily.Phi3, Hidden = 60, Layers = 2, Heads = 6, KeyValueHeads = 2, FeedForward = 88, VocabularyRows = 32, RopeTheta = 250000, MaxPositions = 128 },
        new() { Family = DecoderFamily.Qwen2, Hidden = 48, Layers = 2, Heads = 2, KeyValueHeads = 1, FeedForward = 80, VocabularyRows = 32, RopeTheta = 1e6, NormEpsilon = 1e-6, MaxPositions = 128 },
    ];

    /// <summary>H-LoRA whose B is not zero.</summary>
    public HLoraWeights HLora(int rank, int experts, int seed)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)seed);
        var weights = HLoraWeights.Create(Decoder.Config, rank, 2 * rank, experts, (ulong)seed);
        foreach (var key in weights.Keys) weights[key].B.copy_(randn(weights[key].B.shape, generator: generator).mul(0.1));
        if (Decoder.Type == ScalarType.Float32) return weights;
        using (weights) return weights.Cast(Decoder.Type).Clone();
    }

    public Plugin Plugin(int rank, int experts, int seed, string? baseSha256 = null) =>
        new("task", PluginKind.Comprehension, null, HLora(rank, experts, seed), AdapterWeights.Create(VisionWidth, Decoder.Config.Hidden, (ulong)seed)) { BaseSha256 = baseSha256 };

    public void Dispose() => Decoder.Dispose();
}

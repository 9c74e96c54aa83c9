using HealthGpt.Model.Decoder;
using HealthGpt.Model.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Benchmarks.Subjects;

/// <summary>A decoder of a given size with random weights, embedding and head: what it answers is nonsense, what it costs is the same.</summary>
internal sealed class RandomDecoder : IDisposable
{
    private const ulong Seed = 20274;

    public RandomDecoder(DecoderConfig config, ScalarType type)
    {
        using var noGrad = no_grad();
        using var generator = new Generator(Seed);
        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        Tensor Random(params long[] shape)
        {
            using var wide = randn(shape, ScalarType.Float32, generator: generator);
            using Scalar width = Math.Sqrt(shape[^1]);
            wide.div_(width);
            return wide.to(type, copy: true);
        }

        for (var layer = 0; layer < config.Layers; layer++)
        {
            foreach (var linear in config.Linears) tensors.Add($"model.layers.{layer}.{linear.Name}.weight", Random(linear.Out, linear.In));
            tensors.Add($"model.layers.{layer}.input_layernorm.weight", ones(config.Hidden, type));
            tensors.Add($"model.layers.{layer}.post_attention_layernorm.weight", ones(config.Hidden, type));
        }

        tensors.Add("model.norm.weight", ones(config.Hidden, type));
        Read = [.. tensors.Values.Where(tensor => tensor.dim() == 2)];
        Embedding = Random(config.VocabularyRows, config.Hidden);
        Head = Random(config.VocabularyRows, config.Hidden);
        Read = [.. Read, Head];
        Decoder = new TransformerDecoder(config, new WeightSet(tensors, "random"));
    }

    public TransformerDecoder Decoder { get; }

    /// <summary>Input embedding, (V, H).</summary>
    public Tensor Embedding { get; }

    /// <summary>Output head, (V, H).</summary>
    public Tensor Head { get; }

    /// <summary>The matrices that one token reads.</summary>
    public IReadOnlyList<Tensor> Read { get; }

    /// <summary>Bytes of <see cref="Read"/>.</summary>
    public long ReadBytes => Read.Sum(tensor => tensor.numel() * tensor.element_size());

    public void Dispose()
    {
        Embedding.Dispose();
        Head.Dispose();
        Decoder.Dispose();
    }
}

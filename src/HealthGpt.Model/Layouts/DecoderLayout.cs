using System.Globalization;
using HealthGpt.Model.Decoder;

namespace HealthGpt.Model.Layouts;

/// <summary>The tensors of a base language model.</summary>
internal static class DecoderLayout
{
    internal const string Embedding = "model.embed_tokens.weight", Head = "lm_head.weight", FinalNorm = "model.norm.weight";
    internal const string AttentionNorm = "input_layernorm.weight", FeedForwardNorm = "post_attention_layernorm.weight";

    /// <summary>The tensors that a configuration asks for.</summary>
    public static PartLayout Of(DecoderConfig config)
    {
        var tensors = new List<ExpectedTensor> { new(Embedding, config.VocabularyRows, config.Hidden) };
        for (var layer = 0; layer < config.Layers; layer++) AddBlock(tensors, config, BlockPrefix(layer));
        tensors.Add(new(FinalNorm, config.Hidden));
        tensors.Add(new(Head, config.VocabularyRows, config.Hidden));
        return new PartLayout(string.Create(CultureInfo.InvariantCulture, $"a decoder of {config.Layers} layers"), tensors, IsRotaryFrequencies);
    }

    /// <summary>What the names of a block's tensors begin with.</summary>
    internal static string BlockPrefix(int layer) => string.Create(CultureInfo.InvariantCulture, $"model.layers.{layer}.");

    /// <summary>Some published files keep the rotary frequencies, which the configuration gives too.</summary>
    internal static bool IsRotaryFrequencies(string name) => name.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal);

    private static void AddBlock(List<ExpectedTensor> tensors, DecoderConfig config, string prefix)
    {
        tensors.Add(new(prefix + AttentionNorm, config.Hidden));
        tensors.Add(new(prefix + FeedForwardNorm, config.Hidden));
        foreach (var linear in config.Linears)
        {
            tensors.Add(new(prefix + linear.Name + ".weight", linear.Out, linear.In));
            if (linear.HasBias) tensors.Add(new(prefix + linear.Name + ".bias", linear.Out));
        }
    }
}

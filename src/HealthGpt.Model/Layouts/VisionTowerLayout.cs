using System.Globalization;
using HealthGpt.Model.Vision;

namespace HealthGpt.Model.Layouts;

/// <summary>The tensors of a CLIP vision tower.</summary>
internal static class VisionTowerLayout
{
    internal const string Prefix = "vision_model.";

    // Indices that transformers once kept as a buffer.
    private const string PositionIds = Prefix + "embeddings.position_ids";

    /// <summary>The tensors that a configuration asks for; a published CLIP folder may hold the text tower beside them.</summary>
    public static PartLayout Of(VisionConfig config)
    {
        var tensors = new List<ExpectedTensor>
        {
            new(Prefix + "embeddings.class_embedding", config.Width),
            new(Prefix + "embeddings.patch_embedding.weight", config.Width, 3, config.PatchSize, config.PatchSize),
            new(Prefix + "embeddings.position_embedding.weight", config.Patches + 1, config.Width),
        };
        AddNorm(tensors, Prefix + "pre_layrnorm", config.Width);
        for (var layer = 0; layer < config.Layers; layer++) AddLayer(tensors, config, string.Create(CultureInfo.InvariantCulture, $"{Prefix}encoder.layers.{layer}."));
        AddNorm(tensors, Prefix + "post_layernorm", config.Width);
        return new PartLayout(
            string.Create(CultureInfo.InvariantCulture, $"a vision tower of {config.Layers} layers"), tensors, name => !name.StartsWith(Prefix, StringComparison.Ordinal) || name == PositionIds);
    }

    private static void AddLayer(List<ExpectedTensor> tensors, VisionConfig config, string prefix)
    {
        AddNorm(tensors, prefix + "layer_norm1", config.Width);
        foreach (var name in (string[])["q_proj", "k_proj", "v_proj", "out_proj"]) AddLinear(tensors, prefix + "self_attn." + name, config.Width, config.Width);
        AddNorm(tensors, prefix + "layer_norm2", config.Width);
        AddLinear(tensors, prefix + "mlp.fc1", config.FeedForward, config.Width);
        AddLinear(tensors, prefix + "mlp.fc2", config.Width, config.FeedForward);
    }

    private static void AddLinear(List<ExpectedTensor> tensors, string name, int outputs, int inputs)
    {
        tensors.Add(new(name + ".weight", outputs, inputs));
        tensors.Add(new(name + ".bias", outputs));
    }

    private static void AddNorm(List<ExpectedTensor> tensors, string name, int width)
    {
        tensors.Add(new(name + ".weight", width));
        tensors.Add(new(name + ".bias", width));
    }
}

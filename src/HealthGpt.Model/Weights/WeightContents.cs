namespace HealthGpt.Model.Weights;

/// <summary>Recognises a part of a model by the names of its tensors.</summary>
public static class WeightContents
{
    private const string Released = "base_model.model.";

    /// <summary>The part that tensors of these names make.</summary>
    public static WeightContent Of(IEnumerable<string> names)
    {
        var keys = names.ToHashSet(StringComparer.Ordinal);
        if (Any(key => key.StartsWith(Released, StringComparison.Ordinal) && key.Contains(".lora_A.", StringComparison.Ordinal))) return WeightContent.HLoraPlugin;
        if (keys.Contains(Released + "model.embed_tokens.weight") || keys.Contains(Released + "lm_head.weight")) return WeightContent.FusionWeights;
        if (Any(key => key.StartsWith("vision_model.", StringComparison.Ordinal))) return WeightContent.VisionTower;
        if (Any(key => key.StartsWith("quantize.", StringComparison.Ordinal) || key.StartsWith("post_quant_conv.", StringComparison.Ordinal))) return WeightContent.ImageTokenizer;
        if (keys.Contains("lm_head.weight") || Any(key => key.StartsWith("model.layers.", StringComparison.Ordinal) || key.StartsWith("model.embed_tokens.", StringComparison.Ordinal)))
            return WeightContent.BaseLanguageModel;
        return WeightContent.Unknown;

        bool Any(Func<string, bool> fits) => keys.Any(fits);
    }
}

using System.Globalization;
using HealthGpt.Model.Folders;
using HealthGpt.Model.Weights;

namespace HealthGpt.Model.Vision;

/// <summary>Sizes of a CLIP vision tower, from its config.json.</summary>
public sealed record VisionConfig
{
    // Far above any published tower, and far below what would take all memory.
    private const int MostLayers = 1024;
    private const int MostWidth = 1 << 16;
    private const int MostSide = 1 << 13;

    /// <summary>W: width.</summary>
    public required int Width { get; init; }

    /// <summary>Number of encoder layers.</summary>
    public required int Layers { get; init; }

    /// <summary>Attention heads.</summary>
    public required int Heads { get; init; }

    /// <summary>Width of the feed-forward layer.</summary>
    public required int FeedForward { get; init; }

    /// <summary>Side of the square input, in pixels.</summary>
    public required int ImageSize { get; init; }

    /// <summary>Side of a patch, in pixels.</summary>
    public required int PatchSize { get; init; }

    /// <summary>Epsilon of LayerNorm.</summary>
    public double NormEpsilon { get; init; } = 1e-5;

    /// <summary>P: number of patches.</summary>
    public int Patches => ImageSize / PatchSize * (ImageSize / PatchSize);

    /// <summary>Whether a Hugging Face config.json is one of a CLIP tower.</summary>
    /// <exception cref="WeightFileException">There is no such file, or it is no JSON object.</exception>
    public static bool IsVision(string path)
    {
        using var fields = ConfigFields.Open(path);
        return fields.Has("vision_config") || (fields.Has("model_type") && fields.Text("model_type").StartsWith("clip", StringComparison.Ordinal));
    }

    /// <summary>Reads a Hugging Face config.json of a <c>clip_vision_model</c>.</summary>
    /// <exception cref="WeightFileException">A field is missing or its value is not implemented; the message names both.</exception>
    public static VisionConfig Load(string path)
    {
        using var fields = ConfigFields.Open(path, "vision_config");
        fields.RefuseUnless("model_type", "clip_vision_model");
        fields.RefuseUnless("hidden_act", "quick_gelu");
        fields.RefuseUnless("num_channels", "3");
        var config = new VisionConfig
        {
            Width = fields.Count("hidden_size", MostWidth),
            Layers = fields.Count("num_hidden_layers", MostLayers),
            Heads = fields.Count("num_attention_heads", MostLayers),
            FeedForward = fields.Count("intermediate_size", MostWidth),
            ImageSize = fields.Count("image_size", MostSide),
            PatchSize = fields.Count("patch_size", MostSide),
            NormEpsilon = fields.Number("layer_norm_eps", 1e-5, 0, 1),
        };
        if (config.Width % config.Heads != 0) throw fields.Refusal("num_attention_heads", $"a divisor of hidden_size ({config.Width})");
        if (config.PatchSize > config.ImageSize) throw fields.Refusal("patch_size", $"at most image_size ({config.ImageSize})");
        if (config.ImageSize % config.PatchSize != 0) throw fields.Refusal("patch_size", $"a divisor of image_size ({config.ImageSize})");
        if (config.Layers < 2) throw fields.Refusal("num_hidden_layers", "at least 2: abstract-grained features are those of the last layer but one");
        return config;
    }

    /// <summary>Writes the config.json that <see cref="Load"/> and transformers read.</summary>
    public void Save(string path) => File.WriteAllText(path, string.Create(CultureInfo.InvariantCulture, $$"""
        {
          "architectures": ["CLIPVisionModel"],
          "hidden_act": "quick_gelu",
          "hidden_size": {{Width}},
          "image_size": {{ImageSize}},
          "intermediate_size": {{FeedForward}},
          "layer_norm_eps": {{NormEpsilon:0.###e-00}},
          "model_type": "clip_vision_model",
          "num_attention_heads": {{Heads}},
          "num_channels": 3,
          "num_hidden_layers": {{Layers}},
          "patch_size": {{PatchSize}}
        }

        """));
}

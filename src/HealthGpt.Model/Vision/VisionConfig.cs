using System.Text.Json;
using HealthGpt.Model.Weights;

namespace HealthGpt.Model.Vision;

/// <summary>Sizes of a CLIP vision tower, from its config.json.</summary>
public sealed record VisionConfig
{
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

    /// <summary>Reads a Hugging Face config.json of a <c>clip_vision_model</c>.</summary>
    /// <exception cref="WeightFileException">A field is missing or not implemented.</exception>
    public static VisionConfig Load(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            var root = document.RootElement;
            if (root.TryGetProperty("vision_config", out var nested)) root = nested;
            if (root.TryGetProperty("hidden_act", out var act) && act.GetString() != "quick_gelu")
                throw new WeightFileException(path, $"has hidden_act = {act}, which is not implemented (implemented: quick_gelu)");
            return new VisionConfig
            {
                Width = root.GetProperty("hidden_size").GetInt32(),
                Layers = root.GetProperty("num_hidden_layers").GetInt32(),
                Heads = root.GetProperty("num_attention_heads").GetInt32(),
                FeedForward = root.GetProperty("intermediate_size").GetInt32(),
                ImageSize = root.GetProperty("image_size").GetInt32(),
                PatchSize = root.GetProperty("patch_size").GetInt32(),
                NormEpsilon = root.TryGetProperty("layer_norm_eps", out var epsilon) ? epsilon.GetDouble() : 1e-5,
            };
        }
        catch (Exception error) when (error is IOException or JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new WeightFileException(path, $"is no vision tower configuration: {error.Message}", error);
        }
    }
}

namespace HealthGpt.Model.Importing;

/// <summary>The files of a model as they were published.</summary>
public sealed record PublishedParts
{
    /// <summary>The base language model: a Hugging Face folder.</summary>
    public required string Base { get; init; }

    /// <summary>The text tokenizer's folder; the base's own by default.</summary>
    public string? Tokenizer { get; init; }

    /// <summary>The CLIP vision tower: a Hugging Face folder with preprocessor_config.json.</summary>
    public required string VisionTower { get; init; }

    /// <summary>The image tokenizer: a folder of taming-transformers, or its checkpoint with model.yaml beside it.</summary>
    public required string ImageTokenizer { get; init; }

    /// <summary>The fusion-layer weights; null where there are none.</summary>
    public string? Fusion { get; init; }

    /// <summary>The plugins.</summary>
    public IReadOnlyList<PublishedPlugin> Plugins { get; init; } = [];
}

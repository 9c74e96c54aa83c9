using HealthGpt.Model.Decoder;
using HealthGpt.Model.ImageTokens;
using HealthGpt.Model.Vision;

namespace HealthGpt.Model.Presets;

/// <summary>The sizes of a published model's parts, for models that are made here: weights to try memory and loading with, and healthgpt-nano. A model that is loaded has the sizes of its files.</summary>
/// <param name="Decoder">The base language model.</param>
/// <param name="TextTokens">The text tokenizer's length, which is not the base's embedding rows.</param>
/// <param name="Vision">The vision tower.</param>
/// <param name="Images">The image tokenizer.</param>
public sealed record PublishedSizes(DecoderConfig Decoder, int TextTokens, VisionConfig Vision, ImageTokenizerConfig Images)
{
    private static readonly VisionConfig ClipLarge = new() { Width = 1024, Layers = 24, Heads = 16, FeedForward = 4096, ImageSize = 336, PatchSize = 14 };

    private static readonly ImageTokenizerConfig Gumbel = new()
    {
        Channels = 128,
        Multipliers = [1, 1, 2, 4],
        ResidualBlocks = 2,
        AttentionSides = [32],
        Resolution = 256,
        LatentChannels = 256,
        EmbeddingWidth = 256,
        Codes = 8192,
    };

    /// <summary>The sizes of a preset.</summary>
    public static PublishedSizes Of(ModelPreset preset) => preset switch
    {
        ModelPreset.M3 => new(Phi3Mini, 32011, ClipLarge, Gumbel),
        ModelPreset.L14 => new(Phi4, 100352, ClipLarge, Gumbel),
        ModelPreset.Xl32 => new(Qwen32B, 151665, ClipLarge, Gumbel),
        ModelPreset.Nano => Nano,
        _ => throw new ArgumentOutOfRangeException(nameof(preset), preset, null),
    };

    private static DecoderConfig Phi3Mini => new()
    {
        Family = DecoderFamily.Phi3,
        Hidden = 3072,
        Layers = 32,
        Heads = 32,
        KeyValueHeads = 32,
        FeedForward = 8192,
        VocabularyRows = 32064,
        SlidingWindow = 2047,
    };

    private static DecoderConfig Phi4 => new()
    {
        Family = DecoderFamily.Phi3,
        Hidden = 5120,
        Layers = 40,
        Heads = 40,
        KeyValueHeads = 10,
        FeedForward = 17920,
        VocabularyRows = 100352,
        RopeTheta = 250000,
        MaxPositions = 16384,
    };

    private static DecoderConfig Qwen32B => new()
    {
        Family = DecoderFamily.Qwen2,
        Hidden = 5120,
        Layers = 64,
        Heads = 40,
        KeyValueHeads = 8,
        FeedForward = 27648,
        VocabularyRows = 152064,
        RopeTheta = 1e6,
        NormEpsilon = 1e-6,
        MaxPositions = 32768,
    };

    // One token a byte and five special ones; patches and image tokens share one 16 x 16 grid.
    private static PublishedSizes Nano => new(
        new()
        {
            Family = DecoderFamily.Phi3,
            Hidden = 256,
            Layers = 6,
            Heads = 8,
            KeyValueHeads = 8,
            FeedForward = 704,
            VocabularyRows = 264,
            MaxPositions = 2048,
        },
        261,
        new() { Width = 192, Layers = 6, Heads = 6, FeedForward = 768, ImageSize = 128, PatchSize = 8 },
        new()
        {
            Channels = 32,
            Multipliers = [1, 1, 2, 4],
            ResidualBlocks = 1,
            AttentionSides = [16],
            Resolution = 128,
            LatentChannels = 64,
            EmbeddingWidth = 64,
            Codes = 512,
        });
}

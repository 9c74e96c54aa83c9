using HealthGpt.Model.Decoder;
using HealthGpt.Model.ImageTokens;
using HealthGpt.Model.Vision;

namespace HealthGpt.Training.Foundation;

/// <summary>The sizes of healthgpt-nano: HealthGPT's architecture, small enough for two CPU cores.</summary>
internal static class NanoShape
{
    /// <summary>Special tokens after the 256 bytes.</summary>
    public static IReadOnlyList<string> SpecialTokens { get; } = ["<|endoftext|>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>"];

    /// <summary>Patches and image tokens share one 16 x 16 grid.</summary>
    public static VisionConfig Vision { get; } = new() { Width = 192, Layers = 6, Heads = 6, FeedForward = 768, ImageSize = 128, PatchSize = 8 };

    public static ImageTokenizerConfig Images { get; } = new()
    {
        Channels = 32,
        Multipliers = [1, 1, 2, 4],
        ResidualBlocks = 1,
        AttentionSides = [16],
        Resolution = 128,
        LatentChannels = 64,
        EmbeddingWidth = 64,
        Codes = 512,
    };

    public static DecoderConfig Decoder { get; } = new()
    {
        Family = DecoderFamily.Phi3,
        Hidden = 256,
        Layers = 6,
        Heads = 8,
        KeyValueHeads = 8,
        FeedForward = 704,
        VocabularyRows = 264,
        MaxPositions = 2048,
    };
}

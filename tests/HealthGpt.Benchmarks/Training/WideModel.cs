using HealthGpt.Model.Decoder;
using HealthGpt.Model.ImageTokens;
using HealthGpt.Model.Presets;
using HealthGpt.Model.Synthesis;
using HealthGpt.Model.Vision;
using TorchSharp;

namespace HealthGpt.Benchmarks.Training;

/// <summary>A model with HealthGPT-M3's vocabulary, plugins and image positions that is a third as wide and has four layers; its weights are random.</summary>
internal static class WideModel
{
    private const ulong Seed = 20297;

    // Nothing is drawn, so the image tokenizer is as small as one of 8,192 codes can be.
    private static readonly PublishedSizes Sizes = new(
        new() { Family = DecoderFamily.Phi3, Hidden = 1024, Layers = 4, Heads = 16, KeyValueHeads = 16, FeedForward = 2816, VocabularyRows = 32064 },
        32011,
        new() { Width = 512, Layers = 12, Heads = 8, FeedForward = 2048, ImageSize = 336, PatchSize = 14 },
        new() { Channels = 32, Multipliers = [1, 1, 1], ResidualBlocks = 1, AttentionSides = [], Resolution = 64, LatentChannels = 8, EmbeddingWidth = 8, Codes = 8192 });

    /// <summary>Writes the model.</summary>
    /// <returns>Its folder.</returns>
    public static string Write(string folder, CancellationToken cancellationToken)
    {
        new SyntheticModel(PresetParts.Of(ModelPreset.M3), Sizes, torch.ScalarType.BFloat16, Seed).Write(folder, _ => { }, cancellationToken);
        return folder;
    }
}

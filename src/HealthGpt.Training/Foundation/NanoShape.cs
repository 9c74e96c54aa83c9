using HealthGpt.Model.Decoder;
using HealthGpt.Model.ImageTokens;
using HealthGpt.Model.Presets;
using HealthGpt.Model.Vision;

namespace HealthGpt.Training.Foundation;

/// <summary>The sizes of healthgpt-nano: HealthGPT's architecture, small enough for two CPU cores.</summary>
internal static class NanoShape
{
    private static readonly PublishedSizes Sizes = PublishedSizes.Of(ModelPreset.Nano);

    /// <summary>Special tokens after the 256 bytes.</summary>
    public static IReadOnlyList<string> SpecialTokens { get; } = ["<|endoftext|>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>"];

    public static VisionConfig Vision => Sizes.Vision;

    public static ImageTokenizerConfig Images => Sizes.Images;

    public static DecoderConfig Decoder => Sizes.Decoder;
}

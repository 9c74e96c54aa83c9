using HealthGpt.Model.HLora;
using HealthGpt.Model.Text;

namespace HealthGpt.Model.Presets;

/// <summary>The parts that a preset names, and what it says where a command says nothing (arXiv 2502.09838 and the released inference scripts).</summary>
public sealed record PresetParts
{
    private const string Clip = "openai/clip-vit-large-patch14-336", Gumbel = "vqgan_gumbel_f8";

    private static readonly PresetParts[] All =
    [
        new()
        {
            Preset = ModelPreset.M3, Name = "healthgpt-m3", Base = "microsoft/Phi-3-mini-4k-instruct", Template = PromptTemplate.Phi3,
            ComprehensionHLora = new(64, 128, 4), GenerationHLora = new(256, 512, 4),
        },
        new()
        {
            Preset = ModelPreset.L14, Name = "healthgpt-l14", Base = "microsoft/phi-4", Template = PromptTemplate.Phi4,
            ComprehensionHLora = new(32, 64, 4), GenerationHLora = new(128, 256, 4),
        },
        new() { Preset = ModelPreset.Xl32, Name = "healthgpt-xl32", Base = "Qwen/Qwen2.5-32B-Instruct", Template = PromptTemplate.Qwen2, ComprehensionHLora = new(32, 64, 4) },
        new()
        {
            Preset = ModelPreset.Nano, Name = "healthgpt-nano", Base = "healthgpt-nano/base", VisionTower = "healthgpt-nano/vision_tower", ImageTokenizer = "healthgpt-nano/image_tokenizer",
            Template = PromptTemplate.Phi3, ComprehensionHLora = new(16, 32, 4), GenerationHLora = new(64, 128, 4),
        },
    ];

    /// <summary>Which preset it is.</summary>
    public required ModelPreset Preset { get; init; }

    /// <summary>The model's name.</summary>
    public required string Name { get; init; }

    /// <summary>The base language model, as its publisher calls it.</summary>
    public required string Base { get; init; }

    /// <summary>The vision tower, as its publisher calls it.</summary>
    public string VisionTower { get; init; } = Clip;

    /// <summary>The image tokenizer, as taming-transformers calls it.</summary>
    public string ImageTokenizer { get; init; } = Gumbel;

    /// <summary>The text around a message.</summary>
    public required PromptTemplate Template { get; init; }

    /// <summary>Published size of a plugin that reads; a plugin's own size is that of its tensors.</summary>
    public required HLoraSettings ComprehensionHLora { get; init; }

    /// <summary>Published size of a plugin that draws; null where none was released, and with it no fusion weights.</summary>
    public HLoraSettings? GenerationHLora { get; init; }

    /// <summary>The parts of a preset.</summary>
    public static PresetParts Of(ModelPreset preset) => Array.Find(All, parts => parts.Preset == preset) ?? throw new ArgumentOutOfRangeException(nameof(preset), preset, null);
}

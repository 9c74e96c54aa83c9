namespace HealthGpt.Training.Foundation;

/// <summary>How healthgpt-nano's foundation is made.</summary>
public sealed record FoundationOptions
{
    /// <summary>The sample set's folder, with images.jsonl, the task files and images/.</summary>
    public required string SamplesFolder { get; init; }

    /// <summary>The model folder to write; replaced where it exists.</summary>
    public required string OutputFolder { get; init; }

    /// <summary>Seed of all randomness.</summary>
    public ulong Seed { get; init; } = 27;

    /// <summary>Optimizer steps of the image tokenizer.</summary>
    public int ImageTokenizerSteps { get; init; } = 900;

    /// <summary>Optimizer steps of the vision tower.</summary>
    public int VisionTowerSteps { get; init; } = 1400;

    /// <summary>Optimizer steps of the base language model.</summary>
    public int BaseModelSteps { get; init; } = 2000;
}

namespace HealthGpt.Model.Weights;

/// <summary>What part of a model a weight file holds, by its tensors' names.</summary>
public enum WeightContent
{
    /// <summary>None of the known parts.</summary>
    Unknown,

    /// <summary>A base language model or a shard of one.</summary>
    BaseLanguageModel,

    /// <summary>A CLIP vision tower.</summary>
    VisionTower,

    /// <summary>A GumbelVQ image tokenizer.</summary>
    ImageTokenizer,

    /// <summary>H-LoRA of every layer and an adapter: one plugin.</summary>
    HLoraPlugin,

    /// <summary>Embedding and head over the extended vocabulary.</summary>
    FusionWeights,
}

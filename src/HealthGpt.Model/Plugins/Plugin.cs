using HealthGpt.Model.Adapters;
using HealthGpt.Model.HLora;
using HealthGpt.Model.Vocabulary;

namespace HealthGpt.Model.Plugins;

/// <summary>What one task adds to the base: H-LoRA of every layer and the adapter of its kind of vision features.</summary>
/// <param name="Task">The task's name.</param>
/// <param name="Kind">Whether it reads or draws.</param>
/// <param name="Prompt">The prompt of a request that brings none; null where a request must bring one.</param>
/// <param name="HLora">H-LoRA of every layer.</param>
/// <param name="Adapter">The adapter.</param>
public sealed record Plugin(string Task, PluginKind Kind, string? Prompt, HLoraWeights HLora, AdapterWeights Adapter) : IDisposable
{
    /// <summary>Name of the weight file in a plugin folder.</summary>
    public const string WeightsFile = "plugin.safetensors";

    /// <summary>SHA-256 of the base it was trained on, lower-case hexadecimal; null where nothing is known of it.</summary>
    public string? BaseSha256 { get; init; }

    /// <summary>Which embedding and head it goes with; null where it names neither and goes with the model's own (<see cref="HealthGptModel.Vocabulary"/>).</summary>
    public VocabularySource? Vocabulary { get; init; }

    /// <inheritdoc />
    public void Dispose()
    {
        HLora.Dispose();
        Adapter.Dispose();
    }
}

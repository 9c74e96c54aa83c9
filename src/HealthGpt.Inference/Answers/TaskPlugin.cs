using HealthGpt.Model.Adapters;
using HealthGpt.Model.HLora;

namespace HealthGpt.Inference.Answers;

/// <summary>A task's weights in the precision of the computation.</summary>
internal sealed record TaskPlugin(EngineTask Task, HLoraWeights HLora, AdapterWeights Adapter) : IDisposable
{
    /// <inheritdoc />
    public void Dispose()
    {
        HLora.Dispose();
        Adapter.Dispose();
    }
}

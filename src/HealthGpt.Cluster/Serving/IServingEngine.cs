using HealthGpt.Cluster.Abstractions.Serving;

namespace HealthGpt.Cluster.Serving;

/// <summary>A loaded model on this silo's device.</summary>
internal interface IServingEngine : IAsyncDisposable
{
    IReadOnlyList<ServedTask> Tasks { get; }

    /// <exception cref="InferenceRequestException">The request is wrong.</exception>
    IAsyncEnumerable<InferenceChunk> GenerateAsync(InferenceRequest request, CancellationToken cancellationToken);
}

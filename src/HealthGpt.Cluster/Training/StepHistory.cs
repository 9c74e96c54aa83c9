using HealthGpt.Cluster.Abstractions.Training;

namespace HealthGpt.Cluster.Training;

/// <summary>The steps of a job that has ended. While it runs every replica has them, and they are not stored here.</summary>
[GenerateSerializer, Immutable]
internal sealed record StepHistory
{
    [Id(0)]
    public IReadOnlyList<StepReport> Steps { get; init; } = [];
}

namespace HealthGpt.Cluster.Tests.FolderCluster;

/// <summary>A state as grains have it: an immutable record that Orleans serializes.</summary>
[GenerateSerializer]
public sealed record TallyState
{
    [Id(0)]
    public int Count { get; init; }

    [Id(1)]
    public IReadOnlyList<string> Words { get; init; } = [];
}

namespace HealthGpt.Cluster.Training;

/// <summary>What a trainer needs to know of a job file.</summary>
[GenerateSerializer, Immutable]
internal sealed record JobOutline
{
    [Id(0)]
    public required string Name { get; init; }

    [Id(1)]
    public required int MinWorkers { get; init; }

    [Id(2)]
    public required int MaxWorkers { get; init; }

    [Id(3)]
    public required string DeviceKind { get; init; }

    [Id(4)]
    public required long TotalSteps { get; init; }

    [Id(5)]
    public string? FirstStage { get; init; }

    [Id(6)]
    public string? FirstPhase { get; init; }
}

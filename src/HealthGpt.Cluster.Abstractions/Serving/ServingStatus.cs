namespace HealthGpt.Cluster.Abstractions.Serving;

/// <summary>What is served, and where.</summary>
[GenerateSerializer, Immutable]
public sealed record ServingStatus
{
    /// <summary>Where serving stands.</summary>
    [Id(0)]
    public ServingState State { get; init; }

    /// <summary>The folder of the served model, or null.</summary>
    [Id(1)]
    public string? ModelFolder { get; init; }

    /// <summary>Replicas that were asked for.</summary>
    [Id(2)]
    public int WantedReplicas { get; init; }

    /// <summary>The tasks that requests may name.</summary>
    [Id(3)]
    public IReadOnlyList<ServedTask> Tasks { get; init; } = [];

    /// <summary>The replicas there are.</summary>
    [Id(4)]
    public IReadOnlyList<ReplicaStatus> Replicas { get; init; } = [];

    /// <summary>What is wrong, or null.</summary>
    [Id(5)]
    public string? Error { get; init; }
}

namespace HealthGpt.Cluster.Abstractions.Serving;

/// <summary>One engine on one device.</summary>
[GenerateSerializer, Immutable]
public sealed record ReplicaStatus
{
    /// <summary>The name of its silo.</summary>
    [Id(0)]
    public required string Silo { get; init; }

    /// <summary>Its device.</summary>
    [Id(1)]
    public required string Device { get; init; }

    /// <summary>Its lease.</summary>
    [Id(2)]
    public required string Lease { get; init; }

    /// <summary>The key of its <see cref="IInferenceGrain"/>.</summary>
    [Id(3)]
    public required string Key { get; init; }

    /// <summary>What it is doing.</summary>
    [Id(4)]
    public required EngineReport Engine { get; init; }
}

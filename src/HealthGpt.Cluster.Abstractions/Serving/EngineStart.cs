namespace HealthGpt.Cluster.Abstractions.Serving;

/// <summary>What an engine needs to load.</summary>
[GenerateSerializer, Immutable]
public sealed record EngineStart
{
    /// <summary>The folder of the model.</summary>
    [Id(0)]
    public required string ModelFolder { get; init; }

    /// <summary>The leased device.</summary>
    [Id(1)]
    public required string Device { get; init; }
}

namespace HealthGpt.Cluster.Abstractions.Serving;

/// <summary>How an engine is.</summary>
[GenerateSerializer, Immutable]
public sealed record EngineReport
{
    /// <summary>What it is doing.</summary>
    [Id(0)]
    public EngineCondition Condition { get; init; }

    /// <summary>Requests that it has taken and not yet answered.</summary>
    [Id(1)]
    public int Active { get; init; }

    /// <summary>The tasks it can serve, once it is ready.</summary>
    [Id(2)]
    public IReadOnlyList<ServedTask> Tasks { get; init; } = [];

    /// <summary>Why it failed, or null.</summary>
    [Id(3)]
    public string? Error { get; init; }
}

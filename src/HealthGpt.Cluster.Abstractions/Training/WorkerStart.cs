namespace HealthGpt.Cluster.Abstractions.Training;

/// <summary>What a worker needs to build its replica.</summary>
[GenerateSerializer, Immutable]
public sealed record WorkerStart
{
    /// <summary>The job's name, for reports to its trainer.</summary>
    [Id(0)]
    public required string Job { get; init; }

    /// <summary>The text of the job file.</summary>
    [Id(1)]
    public required string Yaml { get; init; }

    /// <summary>The folder that the job file's relative paths start from.</summary>
    [Id(2)]
    public required string BaseFolder { get; init; }

    /// <summary>The leased device.</summary>
    [Id(3)]
    public required string Device { get; init; }
}

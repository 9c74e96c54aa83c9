namespace HealthGpt.Cluster.Abstractions.Training;

/// <summary>A job as it is handed to its trainer.</summary>
[GenerateSerializer, Immutable]
public sealed record JobSubmission
{
    /// <summary>The text of the job file.</summary>
    [Id(0)]
    public required string Yaml { get; init; }

    /// <summary>The folder that relative paths of the job file start from, as an absolute path that every silo can read.</summary>
    [Id(1)]
    public required string BaseFolder { get; init; }
}

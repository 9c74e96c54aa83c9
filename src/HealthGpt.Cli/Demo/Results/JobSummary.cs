namespace HealthGpt.Cli.Demo.Results;

/// <summary>The job that was trained.</summary>
internal sealed record JobSummary
{
    public required string Name { get; init; }

    public required long Steps { get; init; }

    public required int MaxWorkers { get; init; }

    public required string Precision { get; init; }

    /// <summary>Worker groups that were formed, one more after each loss.</summary>
    public required long Generations { get; init; }

    public required string? WeightsSha256 { get; init; }

    public required string? ModelFolder { get; init; }
}

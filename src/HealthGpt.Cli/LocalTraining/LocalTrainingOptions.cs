namespace HealthGpt.Cli.LocalTraining;

/// <summary>What the command line says about a run.</summary>
internal sealed record LocalTrainingOptions
{
    /// <summary>The job file.</summary>
    public required string JobFile { get; init; }

    /// <summary>How many worker processes, or null for the fewest that the job goes on with: the result is the same, and each holds the whole model.</summary>
    public int? Workers { get; init; }

    /// <summary>cpu or cuda instead of the job's device.kind, or null.</summary>
    public string? Device { get; init; }

    /// <summary>The folder of event log and plot, or null for that of the checkpoints.</summary>
    public string? Out { get; init; }
}

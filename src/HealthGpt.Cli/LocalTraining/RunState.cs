namespace HealthGpt.Cli.LocalTraining;

/// <summary>All that a run's next decision depends on.</summary>
internal sealed record RunState
{
    public required IReadOnlyList<WorkerView> Workers { get; init; }

    /// <summary>Names of the present generation's members; empty where there is none.</summary>
    public required IReadOnlyList<string> Group { get; init; }

    /// <summary>The highest generation formed.</summary>
    public long Generation { get; init; }

    /// <summary>Losses since the last committed step.</summary>
    public int Setbacks { get; init; }

    /// <summary>How long there has been the group, or none.</summary>
    public TimeSpan Since { get; init; }

    /// <summary>Whether this run has committed a step and has more to do.</summary>
    public bool IsTraining { get; init; }

    public IEnumerable<WorkerView> Members => Workers.Where(worker => Group.Contains(worker.Name));
}

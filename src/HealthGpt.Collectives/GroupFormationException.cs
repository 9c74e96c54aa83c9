namespace HealthGpt.Collectives;

/// <summary>A process group did not form in time.</summary>
public sealed class GroupFormationException : Exception
{
    internal GroupFormationException(GroupSpec spec, IReadOnlyList<int> missing, IEnumerable<string> details)
        : base($"generation {spec.Generation} of job '{spec.Job}' did not form within {spec.FormTimeout.TotalSeconds:0.###} s on rank {spec.Rank}; "
            + $"{string.Join(", ", details)} did not come; see that these workers run and are reachable, or raise FormTimeout")
    {
        Job = spec.Job;
        Generation = spec.Generation;
        MissingRanks = missing;
    }

    /// <summary>The job.</summary>
    public string Job { get; }

    /// <summary>The generation that did not form.</summary>
    public long Generation { get; }

    /// <summary>The ranks that did not come.</summary>
    public IReadOnlyList<int> MissingRanks { get; }
}

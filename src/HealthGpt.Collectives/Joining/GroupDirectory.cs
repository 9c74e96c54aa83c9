using System.Diagnostics.CodeAnalysis;

namespace HealthGpt.Collectives.Joining;

/// <summary>Which group of each job lives in this process, and the highest generation of each job seen: the fence against late comers.</summary>
internal sealed class GroupDirectory
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _jobs = new(StringComparer.Ordinal);

    /// <summary>Makes <paramref name="formation"/> the job's group; a lower generation that still lives here is aborted.</summary>
    public void Add(GroupFormation formation)
    {
        GroupSpec spec = formation.Spec;
        GroupFormation? superseded = null;
        lock (_lock)
        {
            if (_jobs.TryGetValue(spec.Job, out Entry entry))
            {
                if (spec.Generation < entry.Highest)
                    throw new JoinRefusedException(JoinRefusal.StaleGeneration, Stale(spec.Job, spec.Generation, entry.Highest));
                if (entry.Live is { } live && live.Spec.Generation == spec.Generation)
                {
                    throw new JoinRefusedException(JoinRefusal.AlreadyFormed,
                        $"generation {spec.Generation} of job '{spec.Job}' is already here as rank {live.Spec.Rank}; a listener serves one rank of a group; dispose that group or start another listener");
                }
                superseded = entry.Live;
            }
            _jobs[spec.Job] = new Entry(spec.Generation, formation);
        }
        superseded?.Abort($"rank {superseded.Spec.Rank} joined generation {spec.Generation}");
    }

    public void Remove(GroupFormation formation)
    {
        lock (_lock)
        {
            if (_jobs.TryGetValue(formation.Spec.Job, out Entry entry) && entry.Live == formation)
                _jobs[formation.Spec.Job] = entry with { Live = null };
        }
    }

    /// <summary>The group that <paramref name="hello"/> asks for, or why it is refused.</summary>
    public JoinRefusal? Find(Hello hello, out GroupFormation? formation, [NotNull] out string? why)
    {
        Entry entry;
        lock (_lock)
            _jobs.TryGetValue(hello.Job, out entry);
        formation = entry.Live;
        why = string.Empty;
        if (hello.Generation < entry.Highest)
        {
            why = Stale(hello.Job, hello.Generation, entry.Highest);
            return JoinRefusal.StaleGeneration;
        }
        if (formation is null || hello.Generation != formation.Spec.Generation)
        {
            why = $"generation {hello.Generation} of job '{hello.Job}' does not form here";
            return JoinRefusal.UnknownGroup;
        }
        return formation.Check(hello, out why);
    }

    private static string Stale(string job, long generation, long highest) =>
        $"generation {generation} of job '{job}' is stale; generation {highest} was seen here; join the present generation";

    private readonly record struct Entry(long Highest, GroupFormation? Live);
}

namespace HealthGpt.Collectives;

/// <summary>The generation of a process group has ended before its work was done; a new generation must form.</summary>
public sealed class GroupAbortedException : Exception
{
    /// <summary>Names the group and why it ended.</summary>
    public GroupAbortedException(string job, long generation, string reason, Exception? inner = null)
        : base($"generation {generation} of job '{job}' was aborted; {reason}; form a new generation", inner)
    {
        Job = job;
        Generation = generation;
        Reason = reason;
    }

    /// <summary>The job.</summary>
    public string Job { get; }

    /// <summary>The generation that ended.</summary>
    public long Generation { get; }

    /// <summary>Why; on every rank the words of the rank that noticed first, where they could be told.</summary>
    public string Reason { get; }
}

namespace HealthGpt.Cluster.Abstractions.Training;

/// <summary>Another job has the name.</summary>
[GenerateSerializer]
public sealed class JobConflictException : Exception
{
    /// <summary>Names the job.</summary>
    public JobConflictException(string job, JobState state)
        : base($"A job named '{job}' exists already ({state}) with other content; a name belongs to one job for ever; change 'name' in the job file.") => Job = job;

    /// <summary>The job's name.</summary>
    [Id(0)]
    public string Job { get; }
}

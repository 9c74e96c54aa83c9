namespace HealthGpt.Cluster.Abstractions.Training;

/// <summary>No job has the name.</summary>
[GenerateSerializer]
public sealed class JobNotFoundException : Exception
{
    /// <summary>Names the job.</summary>
    public JobNotFoundException(string job)
        : base($"There is no job named '{job}' on this cluster; submit it first or check the spelling.") => Job = job;

    /// <summary>The job's name.</summary>
    [Id(0)]
    public string Job { get; }
}

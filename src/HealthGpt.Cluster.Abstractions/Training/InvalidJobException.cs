namespace HealthGpt.Cluster.Abstractions.Training;

/// <summary>A job file is wrong. All its problems are listed; nothing was stored.</summary>
[GenerateSerializer]
public sealed class InvalidJobException : Exception
{
    /// <summary>Lists the problems of a job.</summary>
    public InvalidJobException(string job, IReadOnlyList<string> problems)
        : base($"The job '{job}' is not accepted:{string.Concat(problems.Select(problem => "\n  - " + problem))}")
    {
        Job = job;
        Problems = problems;
    }

    /// <summary>The job's name.</summary>
    [Id(0)]
    public string Job { get; }

    /// <summary>Each problem: the key, its value, the rule and what to change.</summary>
    [Id(1)]
    public IReadOnlyList<string> Problems { get; }
}

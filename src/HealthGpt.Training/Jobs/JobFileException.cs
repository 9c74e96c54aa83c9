namespace HealthGpt.Training.Jobs;

/// <summary>A job file that is wrong. Lists every problem found, so that one round of editing is enough.</summary>
public sealed class JobFileException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="source">The file the problems are in.</param>
    /// <param name="problems">What is wrong, one entry a problem.</param>
    public JobFileException(string source, IReadOnlyList<string> problems)
        : base($"{source} has {problems.Count} problem{(problems.Count == 1 ? "" : "s")}:{string.Concat(problems.Select(problem => $"\n  {problem}"))}")
    {
        File = source;
        Problems = problems;
    }

    /// <summary>The file the problems are in.</summary>
    public string File { get; }

    /// <summary>What is wrong, one entry a problem.</summary>
    public IReadOnlyList<string> Problems { get; }
}

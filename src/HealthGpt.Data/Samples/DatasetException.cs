namespace HealthGpt.Data.Samples;

/// <summary>A dataset that cannot be used, with everything that is wrong with it.</summary>
public sealed class DatasetException : Exception
{
    /// <summary>So many problems are told of a source; the rest of it is then not read.</summary>
    public const int Most = 1000;

    private const int Shown = 50;

    /// <summary>Makes the error of one dataset.</summary>
    /// <param name="path">The dataset file.</param>
    /// <param name="problems">All problems, at least one, each with its place.</param>
    public DatasetException(string path, IReadOnlyList<string> problems)
        : base(Describe(path, problems))
    {
        Problems = problems;
    }

    /// <summary>All problems, each with its place.</summary>
    public IReadOnlyList<string> Problems { get; }

    /// <summary>What is wrong with the one sample that was read, in words that name no file and quote nothing; null if it is about more or about a change.</summary>
    public string? SampleReason { get; internal init; }

    private static string Describe(string path, IReadOnlyList<string> problems)
    {
        var count = problems.Count == 1 ? "1 problem" : $"{problems.Count} problems";
        var more = problems.Count > Shown ? $"\n  and {problems.Count - Shown} more" : "";
        return $"dataset '{path}' has {count}:\n  {string.Join("\n  ", problems.Take(Shown))}{more}";
    }
}

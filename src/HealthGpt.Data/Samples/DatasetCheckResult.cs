namespace HealthGpt.Data.Samples;

/// <summary>The numbers of a check.</summary>
/// <param name="FileProblems">Problems of the dataset file and of samples files that cannot be read.</param>
/// <param name="Sources">The sources that could be looked at, in their order.</param>
public sealed record DatasetCheckResult(int FileProblems, IReadOnlyList<SourceCheckResult> Sources)
{
    /// <summary>Samples looked at.</summary>
    public long Samples => Sources.Sum(source => source.Samples);

    /// <summary>Samples that cannot be used.</summary>
    public long Bad => Sources.Sum(source => source.Bad);

    /// <summary>Whether nothing is wrong.</summary>
    public bool Good => FileProblems == 0 && Bad == 0;
}

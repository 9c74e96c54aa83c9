namespace HealthGpt.Data.Samples;

/// <summary>Something that is wrong with a dataset.</summary>
/// <param name="File">The dataset file or the samples file.</param>
/// <param name="Line">The line, from 1; in a JSON list the one that the sample begins on. Null where the whole file is meant.</param>
/// <param name="Reason">What is wrong.</param>
public sealed record DatasetProblem(string File, int? Line, string Reason)
{
    /// <summary>What is wrong with a samples file without samples.</summary>
    /// <param name="file">The samples file.</param>
    internal static DatasetProblem NoSample(string file) => new(file, null, "it has no sample; write some, or leave it out of the dataset");

    /// <summary>The problem with its place before it, as file:line: reason.</summary>
    public override string ToString() => Line is { } line ? $"{File}:{line}: {Reason}" : $"{File}: {Reason}";
}

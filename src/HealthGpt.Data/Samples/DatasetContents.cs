using HealthGpt.Data.Conversion.Imports;
using HealthGpt.Data.Samples.Pictures;
using HealthGpt.Storage.Files;

namespace HealthGpt.Data.Samples;

/// <summary>The tasks and sources that a dataset names.</summary>
/// <param name="Tasks">The tasks by name.</param>
/// <param name="Sources">The sources, in the order of the samples.</param>
internal sealed record DatasetContents(IReadOnlyDictionary<string, TaskDefinition> Tasks, IReadOnlyList<DatasetSource> Sources)
{
    private static readonly string[] SampleSuffixes = [".json", ".jsonl", ".ndjson"];
    private static readonly string[] PictureSuffixes = [".png", ".jpg", ".jpeg"];

    /// <summary>Reads a dataset file, or makes one of a bare file of samples.</summary>
    /// <param name="path">A dataset file; or samples, which a name in .json, .jsonl or .ndjson tells.</param>
    /// <param name="task">What the task of a bare file of samples is called; null for the file's name.</param>
    /// <param name="problems">The list that problems are added to; sources that have none are returned.</param>
    /// <param name="withSources">Whether the sources of a dataset file are wanted and looked for.</param>
    public static DatasetContents Of(string path, string? task, List<DatasetProblem> problems, bool withSources = true)
    {
        if (SampleSuffixes.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase))
            return OfSamples(Path.GetFullPath(path), task, problems);
        if (OtherFile.ProblemOf(path) is { } other)
        {
            problems.Add(new DatasetProblem(path, null, other));
            return new DatasetContents(new Dictionary<string, TaskDefinition>(), []);
        }

        var file = DatasetFile.Read(path, problems, withSources);
        return new DatasetContents(file.Tasks, file.Sources);
    }

    // The samples are for training unless they say otherwise.
    private static DatasetContents OfSamples(string path, string? name, List<DatasetProblem> problems)
    {
        var task = new TaskDefinition { Name = name ?? Path.GetFileNameWithoutExtension(path), Kind = TaskKind.Comprehension };
        var source = new DatasetSource { SamplesPath = path, Root = Path.GetDirectoryName(path)!, Task = task, Weight = 1, Split = "split", SplitWithoutField = "train" };
        try
        {
            if (PublishedDataset.ProblemOfList(path) is { } published)
            {
                problems.Add(new DatasetProblem(path, null, published));
                return new DatasetContents(new Dictionary<string, TaskDefinition>(), []);
            }

            if (AnswersWithPicture(source))
                source = source with { Task = task with { Kind = TaskKind.Generation } };
            return new DatasetContents(new Dictionary<string, TaskDefinition>(StringComparer.Ordinal) { [task.Name] = source.Task }, [source]);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            problems.Add(new DatasetProblem(path, null, $"cannot be read ({error.Message}); name an existing file of samples"));
            return new DatasetContents(new Dictionary<string, TaskDefinition>(), []);
        }
    }

    private static bool AnswersWithPicture(DatasetSource source)
    {
        using var file = OrdinaryFile.OpenRead(source.SamplesPath);
        var pictures = ImageRoot.Of(source.Root);
        var records = SampleFile.Batches(source.SamplesPath, file, CancellationToken.None).SelectMany(batch => batch.Records);
        var first = records.Select(record => new SampleReader(source, pictures, record).Read()).OfType<Sample>().FirstOrDefault();
        return first?.Answer is { } answer && PictureSuffixes.Contains(Path.GetExtension(answer), StringComparer.OrdinalIgnoreCase) && pictures.Find(answer, out _) is null;
    }
}

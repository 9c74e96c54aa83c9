using HealthGpt.Data.Samples.Indexing;

namespace HealthGpt.Data.Samples;

/// <summary>
/// The samples that a dataset file names, checked: every picture exists inside its root, every line is complete. Opened with <see cref="BadLines.Kept"/>, it may have samples that are
/// refused when they are read.
/// </summary>
public sealed class Dataset
{
    private readonly IReadOnlyList<IndexedSource> _sources;
    private readonly IndexedSamples _samples;

    private Dataset(string path, IReadOnlyDictionary<string, TaskDefinition> tasks, IReadOnlyList<IndexedSource> sources)
    {
        FilePath = Path.GetFullPath(path);
        Name = NameOf(FilePath);
        Tasks = tasks;
        _sources = sources;
        _samples = IndexedSamples.All(Name, sources);
    }

    /// <summary>Absolute path of the dataset file or the bare samples file.</summary>
    public string FilePath { get; }

    /// <summary>What it is called in messages: its file's name without the suffix, or its folder's where the file is called dataset.</summary>
    public string Name { get; }

    /// <summary>The tasks by name.</summary>
    public IReadOnlyDictionary<string, TaskDefinition> Tasks { get; }

    /// <summary>
    /// All samples, in the order of the sources and their lines. None is held: each is read from its file when it is asked for, and <see cref="DatasetException"/> is thrown
    /// if it changed since or a picture of it is gone. Safe to read from several threads.
    /// </summary>
    public IReadOnlyList<Sample> Samples => _samples;

    /// <summary>
    /// Opens a dataset. The first time all that it names is read and every picture hashed; then the index of each samples file is kept, and opening takes a moment until the file
    /// changes. Pictures are not decoded.
    /// </summary>
    /// <param name="path">A dataset file, which names things relative to its folder; or a bare samples file (.json, .jsonl), whose folder is then the pictures' root,
    /// whose name is the task's, and whose samples are for training unless their field split says otherwise.</param>
    /// <returns>The dataset.</returns>
    /// <exception cref="DatasetException">Lists the problems of all files, of each source at least the first <see cref="DatasetException.Most"/>.</exception>
    public static Dataset Load(string path) => Load(path, SampleCache.Default, CancellationToken.None);

    /// <summary>Opens a dataset with its indexes in a place of the caller's.</summary>
    /// <param name="path">A dataset file or a bare samples file.</param>
    /// <param name="cache">Where indexes are kept.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The dataset.</returns>
    /// <exception cref="DatasetException">As of <see cref="Load(string)"/>.</exception>
    public static Dataset Load(string path, SampleCache cache, CancellationToken cancellationToken) => Load(path, cache, BadLines.Refused, cancellationToken);

    /// <summary>Opens a dataset whose bad samples need not be in the way of the others.</summary>
    /// <param name="path">A dataset file or a bare samples file.</param>
    /// <param name="cache">Where indexes are kept.</param>
    /// <param name="badLines">What is done with bad samples.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The dataset.</returns>
    /// <exception cref="DatasetException">
    /// As of <see cref="Load(string)"/>; where bad samples are kept, only for what is wrong with the dataset file or the whole of a samples file.
    /// </exception>
    public static Dataset Load(string path, SampleCache cache, BadLines badLines, CancellationToken cancellationToken) => Load(path, null, cache, badLines, cancellationToken);

    /// <summary>Opens a dataset where a bare samples file takes its task's name from the caller: the file's own may tell of a patient.</summary>
    /// <param name="path">A dataset file or a bare samples file.</param>
    /// <param name="task">What the task of a bare samples file is called; null for the file's name.</param>
    /// <param name="cache">Where indexes are kept.</param>
    /// <param name="badLines">What is done with bad samples.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The dataset.</returns>
    /// <exception cref="DatasetException">As of the other forms.</exception>
    public static Dataset Load(string path, string? task, SampleCache cache, BadLines badLines, CancellationToken cancellationToken)
    {
        var problems = new List<DatasetProblem>();
        var contents = DatasetContents.Of(path, task, problems);
        var sources = new List<IndexedSource>();
        foreach (var source in contents.Sources)
        {
            try
            {
                if (cache.Open(source, badLines, problems, cancellationToken) is not { } opened)
                    continue;
                sources.Add(opened);
                if (opened.Count == 0)
                    problems.Add(DatasetProblem.NoSample(source.SamplesPath));
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                problems.Add(new DatasetProblem(source.SamplesPath, null, $"cannot be read ({error.Message})"));
            }
        }

        return problems.Count == 0 ? new Dataset(path, contents.Tasks, sources) : throw new DatasetException(path, [.. problems.Select(problem => problem.ToString())]);
    }

    /// <summary>Looks which tasks a dataset has; its sources are not looked at.</summary>
    /// <param name="path">A dataset file or a bare samples file.</param>
    /// <returns>The tasks by name; null where the file is wrong, which <see cref="Load(string)"/> tells of.</returns>
    public static IReadOnlyDictionary<string, TaskDefinition>? FindTasks(string path)
    {
        var problems = new List<DatasetProblem>();
        var contents = DatasetContents.Of(path, null, problems, withSources: false);
        return problems.Count == 0 ? contents.Tasks : null;
    }

    /// <summary>What is known of a sample without decoding its pictures.</summary>
    /// <param name="index">Its place in <see cref="Samples"/>.</param>
    public SampleFacts FactsOf(int index) => _samples.ReadWithFacts(index).Facts;

    /// <summary>Where a sample stands, as file:line, also where it cannot be read.</summary>
    /// <param name="index">Its place in <see cref="Samples"/>.</param>
    public string PlaceOf(int index) => _samples.PlaceOf(index);

    /// <summary>The samples of one task and split, in order.</summary>
    /// <param name="task">A task of <see cref="Tasks"/>.</param>
    /// <param name="split">train, validation or test.</param>
    /// <returns>The samples; none if the dataset has none.</returns>
    public IndexedSamples Select(string task, string split)
    {
        if (!Tasks.ContainsKey(task))
            throw new ArgumentException($"the dataset has no task '{task}'; {NearestName.Suggest(task, [.. Tasks.Keys])}", nameof(task));
        if (!Splits.Contains(split))
            throw new ArgumentException($"the split is '{split}', but must be {Splits.Listed}", nameof(split));
        return IndexedSamples.Of(Name, _sources, task, split);
    }

    /// <summary>What a dataset is called in messages, without opening it.</summary>
    /// <param name="path">A dataset file or a bare samples file.</param>
    /// <returns>The file's name without the suffix, or the folder's where the file is called dataset.</returns>
    public static string NameOf(string path)
    {
        path = Path.GetFullPath(path);
        var name = Path.GetFileNameWithoutExtension(path);
        return name == "dataset" && Path.GetFileName(Path.GetDirectoryName(path)) is { Length: > 0 } folder ? folder : name;
    }
}

namespace HealthGpt.Data.Samples;

/// <summary>The samples that a dataset file names, checked: every picture exists inside its root, every line is complete.</summary>
public sealed class Dataset
{
    private Dataset(IReadOnlyDictionary<string, TaskDefinition> tasks, IReadOnlyList<Sample> samples)
    {
        Tasks = tasks;
        Samples = samples;
    }

    /// <summary>The tasks by name.</summary>
    public IReadOnlyDictionary<string, TaskDefinition> Tasks { get; }

    /// <summary>All samples, in the order of the sources and their lines.</summary>
    public IReadOnlyList<Sample> Samples { get; }

    /// <summary>Reads a dataset file and all that it names. Pictures are not decoded.</summary>
    /// <param name="datasetYamlPath">The dataset file; what it names is relative to its folder.</param>
    /// <returns>The dataset.</returns>
    /// <exception cref="DatasetException">Lists every problem of every file.</exception>
    public static Dataset Load(string datasetYamlPath)
    {
        var problems = new List<string>();
        var file = DatasetFile.Read(datasetYamlPath, problems);
        var samples = new List<Sample>();
        foreach (var source in file.Sources)
        {
            try
            {
                samples.AddRange(new SampleReader(source, problems).Read());
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                problems.Add($"{source.SamplesPath}: cannot be read ({error.Message})");
            }
        }

        return problems.Count == 0 ? new Dataset(file.Tasks, samples) : throw new DatasetException(datasetYamlPath, problems);
    }

    /// <summary>The samples of one task and split, in order.</summary>
    /// <param name="task">A task of <see cref="Tasks"/>.</param>
    /// <param name="split">train, validation or test.</param>
    /// <returns>The samples; none if the dataset has none.</returns>
    public IReadOnlyList<Sample> Select(string task, string split)
    {
        if (!Tasks.ContainsKey(task))
            throw new ArgumentException($"the dataset has no task '{task}'; {NearestName.Suggest(task, [.. Tasks.Keys])}", nameof(task));
        if (!Splits.Contains(split))
            throw new ArgumentException($"the split is '{split}', but must be {Splits.Listed}", nameof(split));
        return [.. Samples.Where(sample => sample.Task == task && sample.Split == split)];
    }
}

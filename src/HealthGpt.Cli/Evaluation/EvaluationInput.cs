using HealthGpt.Cli.LocalInference;
using HealthGpt.Data.Samples;
using HealthGpt.Inference;
using HealthGpt.Model.Folders;

namespace HealthGpt.Cli.Evaluation;

/// <summary>All that an evaluation reads but weights, found to be usable.</summary>
internal sealed record EvaluationInput
{
    public required LocalModel Model { get; init; }

    public required IReadOnlyList<EvaluatedPlugin> Plugins { get; init; }

    public required Dataset Dataset { get; init; }

    /// <summary>SHA-256 of the dataset file, which names the dataset: its own name may tell of a patient.</summary>
    public required string DatasetSha256 { get; init; }

    public required SampleSelection Selection { get; init; }

    public required IReadOnlyList<CheckedSample> Samples { get; init; }

    public required IReadOnlyList<SkippedSample> Skipped { get; init; }

    public required Precision Precision { get; init; }

    public required int MaxTokens { get; init; }

    /// <summary>Reads and checks everything: first the call, then all samples, so that bad ones hide neither a wrong option nor each other.</summary>
    /// <exception cref="CommandException">An option is wrong.</exception>
    /// <exception cref="DatasetException">The dataset is wrong.</exception>
    /// <exception cref="Model.Weights.WeightFileException">The model folder or a plugin is wrong.</exception>
    /// <exception cref="DeviceUnavailableException">The device is not there.</exception>
    public static EvaluationInput Read(EvaluationOptions options, CancellationToken cancellationToken)
    {
        var model = LocalModel.Open(options.Model);
        DeviceUnavailableException.ThrowIfMissing(options.Device);
        var (dataset, badLines) = Open(options, cancellationToken);
        var selection = Select(dataset, options, badLines);
        if (options.MaxTokens is not null && selection.Task.Kind == TaskKind.Generation)
        {
            throw new CommandException(
                ExitCodes.WrongArguments, $"--max-tokens is '{options.MaxTokens}'", $"the task '{options.Task}' is answered by an image, which is always whole", "leave it out");
        }

        var plugins = EvaluatedPlugin.Find(model, options, selection.Task);
        var maxTokens = options.MaxTokens ?? EvaluationOptions.DefaultMaxTokens;
        var task = plugins[0].Chosen.Task;
        var check = new SampleCheck(selection, task, model.ValidatorOf(task, maxTokens), model.Planner());
        var (good, skipped) = check.Run(options.Data, badLines, options.SkipBad, cancellationToken);
        return new EvaluationInput
        {
            Model = model,
            Plugins = plugins,
            Dataset = dataset,
            DatasetSha256 = PartHash.Of(options.Data, cancellationToken),
            Selection = selection,
            Samples = good,
            Skipped = skipped,
            Precision = options.Precision ?? model.ExactPrecision(),
            MaxTokens = maxTokens,
        };
    }

    private static (Dataset Dataset, DatasetException? BadLines) Open(EvaluationOptions options, CancellationToken cancellationToken)
    {
        if (options.SkipBad)
            return (Load(options, BadLines.Kept, cancellationToken), null);
        try
        {
            return (Load(options, BadLines.Refused, cancellationToken), null);
        }
        catch (DatasetException badLines)
        {
            return (LoadInSpiteOf(badLines, options, cancellationToken), badLines);
        }
    }

    private static Dataset LoadInSpiteOf(DatasetException badLines, EvaluationOptions options, CancellationToken cancellationToken)
    {
        try
        {
            return Load(options, BadLines.Kept, cancellationToken);
        }
        catch (DatasetException)
        {
            // More is wrong than lines, and the first error has it all.
            throw badLines;
        }
    }

    private static Dataset Load(EvaluationOptions options, BadLines lines, CancellationToken cancellationToken) =>
        Dataset.Load(options.Data, options.Task, SampleCache.Default, lines, cancellationToken);

    private static SampleSelection Select(Dataset dataset, EvaluationOptions options, DatasetException? badLines)
    {
        try
        {
            return SampleSelection.Of(dataset, options);
        }
        catch (CommandException) when (badLines is not null && dataset.Tasks.ContainsKey(options.Task))
        {
            // The split may lack just the samples whose lines are bad.
            throw badLines;
        }
    }
}

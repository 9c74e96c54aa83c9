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

    /// <summary>Reads and checks everything.</summary>
    /// <exception cref="CommandException">An option is wrong.</exception>
    /// <exception cref="DatasetException">The dataset is wrong.</exception>
    /// <exception cref="Model.Weights.WeightFileException">The model folder or a plugin is wrong.</exception>
    /// <exception cref="DeviceUnavailableException">The device is not there.</exception>
    public static EvaluationInput Read(EvaluationOptions options, CancellationToken cancellationToken)
    {
        var model = LocalModel.Open(options.Model);
        DeviceUnavailableException.ThrowIfMissing(options.Device);
        var dataset = Dataset.Load(options.Data, options.Task, SampleCache.Default, options.SkipBad ? BadLines.Kept : BadLines.Refused, cancellationToken);
        var selection = SampleSelection.Of(dataset, options);
        if (options.MaxTokens is not null && selection.Task.Kind == TaskKind.Generation)
        {
            throw new CommandException(
                ExitCodes.WrongArguments, $"--max-tokens is '{options.MaxTokens}'", $"the task '{options.Task}' is answered by an image, which is always whole", "leave it out");
        }

        var plugins = EvaluatedPlugin.Find(model, options, selection.Task);
        var maxTokens = options.MaxTokens ?? EvaluationOptions.DefaultMaxTokens;
        var task = plugins[0].Chosen.Task;
        var check = new SampleCheck(selection, task, model.ValidatorOf(task, maxTokens), model.Planner());
        var (good, skipped) = check.Run(options.Data, options.SkipBad, cancellationToken);
        return new EvaluationInput
        {
            Model = model,
            Plugins = plugins,
            Dataset = dataset,
            DatasetSha256 = PartHash.Of(options.Data),
            Selection = selection,
            Samples = good,
            Skipped = skipped,
            Precision = options.Precision ?? model.ExactPrecision(),
            MaxTokens = maxTokens,
        };
    }
}

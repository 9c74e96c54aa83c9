using HealthGpt.Data;
using HealthGpt.Data.Samples;

namespace HealthGpt.Cli.Evaluation;

/// <summary>The samples of a task that are asked, by number and in order.</summary>
/// <param name="Task">The task.</param>
/// <param name="Split">Their split.</param>
/// <param name="All">All samples of the task in the split.</param>
/// <param name="Places">Which of them are asked.</param>
internal sealed record SampleSelection(TaskDefinition Task, string Split, IReadOnlyList<Sample> All, IReadOnlyList<int> Places)
{
    private const string Stream = "evaluation";

    private static readonly string[] HeldOut = ["test", "validation"];

    /// <summary>Selects.</summary>
    /// <exception cref="CommandException">The dataset has no such task, or no samples in the split.</exception>
    public static SampleSelection Of(Dataset dataset, EvaluationOptions options)
    {
        if (!dataset.Tasks.TryGetValue(options.Task, out var task))
            throw CommandException.OfArguments($"--task is '{options.Task}'", "the dataset has no such task", NearestName.Suggest(options.Task, [.. dataset.Tasks.Keys.Order(StringComparer.Ordinal)]));
        foreach (var split in options.Split is { } asked ? [asked] : HeldOut)
        {
            if (dataset.Select(task.Name, split) is { Count: > 0 } all)
                return new SampleSelection(task, split, all, Draw(all.Count, options));
        }

        throw options.Split is null
            ? CommandException.OfArguments("--split is not given", $"the dataset has neither test nor validation samples of the task '{task.Name}'", "hold some out, or measure on training samples with --split train")
            : CommandException.OfArguments($"--split is '{options.Split}'", $"the dataset has no such samples of the task '{task.Name}'", "name another split, or leave it out");
    }

    private static IReadOnlyList<int> Draw(int count, EvaluationOptions options)
    {
        if (options.Limit is not { } limit || limit >= count)
            return [.. Enumerable.Range(0, count)];
        var order = new SampleOrder((ulong)options.Seed, Stream, count);
        return [.. Enumerable.Range(0, limit).Select(n => order.IndexAt(n)).Order()];
    }
}

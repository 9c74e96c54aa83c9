using System.CommandLine;
using HealthGpt.Cli.Evaluation;
using HealthGpt.Inference;

namespace HealthGpt.Cli.Commands;

/// <summary>healthgpt eval: measures a plugin on a dataset, or compares two.</summary>
internal static class EvalCommand
{
    private const int LargestConcurrency = 256;

    private static readonly Option<string> Model = new("--model") { Description = "The model folder.", HelpName = "DIR", Required = true };

    private static readonly Option<string[]> Plugin = new("--plugin")
    {
        Description = "One of the model folder's plugins by name, or a plugin folder (the model folder's own for the task); given twice, the two are compared.",
        HelpName = "P",
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<string> Data = new("--data")
    {
        Description = "A dataset file (YAML), or a file of samples (.json, .jsonl), whose folder then holds the pictures.",
        HelpName = "DATASET",
        Required = true,
    };

    private static readonly Option<string> TaskName = new("--task") { Description = "The task of the dataset whose samples are asked.", HelpName = "T", Required = true };

    private static readonly Option<string> Folder = new("--out")
    {
        Description = "The folder of the results; it must be new or empty, and appears whole or not at all.",
        HelpName = "DIR",
        Required = true,
    };

    private static readonly Option<string?> Split = Choice.Option<string?>(
        "--split", "Which samples are asked (test where there are any, else validation)", ("validation", "validation"), ("test", "test"), ("train", "train"));

    private static readonly Option<int?> Limit = new("--limit")
    {
        Description = "Most samples that are asked, drawn by --seed (all).",
        HelpName = "N",
        CustomParser = result => WholeNumber.Parse(result, 1, int.MaxValue),
    };

    private static readonly Option<int?> MaxTokens = ComputeOptions.MaxTokens($"{EvaluationOptions.DefaultMaxTokens}");

    private static readonly Option<int> Seed = new("--seed")
    {
        Description = "Decides the draws of the confidence intervals, and of --limit (1).",
        HelpName = "N",
        DefaultValueFactory = _ => 1,
        CustomParser = result => WholeNumber.Parse(result, 0, int.MaxValue),
    };

    private static readonly Option<int> Concurrency = new("--concurrency")
    {
        Description = $"Requests under way at once; each takes memory for its keys and values ({EvaluationOptions.DefaultConcurrency}).",
        HelpName = "N",
        DefaultValueFactory = _ => EvaluationOptions.DefaultConcurrency,
        CustomParser = result => WholeNumber.Parse(result, 1, LargestConcurrency),
    };

    private static readonly Option<bool> SkipBad = new("--skip-bad")
    {
        Description = "Leave out samples that cannot be used, counted and listed, instead of stopping before the first question.",
    };

    public static Command Create()
    {
        var command = new Command("eval", "Measure a plugin on a dataset, or compare two: metrics with confidence intervals, and a page with the worst cases.")
        {
            Model, Plugin, Data, TaskName, Folder, Split, Limit, ComputeOptions.Device, ComputeOptions.Type, MaxTokens, Seed, Concurrency, SkipBad,
        };
        command.SetAction((parsed, cancellationToken) => Task.Run(
            () => EvaluationRun.RunAsync(OptionsOf(parsed), HealthGptCommand.OutputOf(parsed), cancellationToken), cancellationToken));
        return command;
    }

    private static EvaluationOptions OptionsOf(ParseResult parsed) => new()
    {
        Model = Path.GetFullPath(parsed.GetValue(Model)!),
        Plugins = parsed.GetValue(Plugin)!,
        Data = parsed.GetValue(Data)!,
        Task = parsed.GetValue(TaskName)!,
        Out = Path.GetFullPath(parsed.GetValue(Folder)!),
        Split = parsed.GetValue(Split),
        Limit = parsed.GetValue(Limit),
        Device = parsed.GetValue(ComputeOptions.Device),
        Precision = parsed.GetValue(ComputeOptions.Type),
        MaxTokens = parsed.GetValue(MaxTokens),
        Seed = parsed.GetValue(Seed),
        Concurrency = parsed.GetValue(Concurrency),
        SkipBad = parsed.GetValue(SkipBad),
    };
}

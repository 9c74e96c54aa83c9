using System.CommandLine;
using HealthGpt.Cli.LocalInference;

namespace HealthGpt.Cli.Commands;

/// <summary>healthgpt infer: one request in this process, without a cluster.</summary>
internal static class InferCommand
{
    private static readonly Option<string> Model = new("--model") { Description = "The model folder.", HelpName = "DIR", Required = true };
    private static readonly Option<string> TaskName = new("--task") { Description = "The task that answers, for example vqa.", HelpName = "T", Required = true };
    private static readonly Option<string?> Plugin = new("--plugin") { Description = "One of the model folder's plugins by name, or a plugin folder (the model folder's own for the task).", HelpName = "P" };
    private static readonly Option<string[]> Image = new("--image") { Description = "An image file (PNG or JPEG); may be repeated.", HelpName = "F", DefaultValueFactory = _ => [] };
    private static readonly Option<string> Question = new("--question") { Description = "What is asked; tasks that draw from an image may have a default.", HelpName = "Q", DefaultValueFactory = _ => "" };
    private static readonly Option<string?> Picture = new("--out") { Description = "Where a drawn image is written; needed for tasks that draw.", HelpName = "X.png" };
    private static readonly Option<int?> MaxTokens = ComputeOptions.MaxTokens($"{LocalRequest.PublishedMaxTokens}, the published setting");

    public static Command Create()
    {
        var command = new Command("infer", "Ask a model folder one question in this process, without a cluster.")
        {
            Model, TaskName, Plugin, Image, Question, Picture, ComputeOptions.Device, ComputeOptions.Type, MaxTokens,
        };
        command.SetAction((parsed, cancellationToken) =>
            Task.Run(() => LocalAnswer.RunAsync(RequestOf(parsed), HealthGptCommand.OutputOf(parsed), cancellationToken), cancellationToken));
        return command;
    }

    private static LocalRequest RequestOf(ParseResult parsed) => new()
    {
        Model = Path.GetFullPath(parsed.GetValue(Model)!),
        Task = parsed.GetValue(TaskName)!,
        Plugin = parsed.GetValue(Plugin),
        ImageFiles = parsed.GetValue(Image)!,
        Question = parsed.GetValue(Question)!,
        Out = parsed.GetValue(Picture) is { } path ? Path.GetFullPath(path) : null,
        Device = parsed.GetValue(ComputeOptions.Device),
        Precision = parsed.GetValue(ComputeOptions.Type),
        MaxTokens = parsed.GetValue(MaxTokens),
    };
}

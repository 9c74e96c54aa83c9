using System.CommandLine;
using HealthGpt.Cli.Connection;
using HealthGpt.Cli.Terminal;
using HealthGpt.Cluster.Abstractions.Serving;

namespace HealthGpt.Cli.Commands;

/// <summary>healthgpt ask: one request to a running cluster.</summary>
internal static class AskCommand
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan ReachDeadline = TimeSpan.FromSeconds(15);

    public static Command Create()
    {
        var cluster = ClusterOption.Create();
        var task = new Option<string>("--task") { Description = "The task that answers, for example vqa.", HelpName = "T", Required = true };
        var image = new Option<string[]>("--image") { Description = "An image file (PNG or JPEG); may be repeated.", HelpName = "F", DefaultValueFactory = _ => [] };
        var question = new Option<string>("--question") { Description = "What is asked; tasks that draw from an image have a default.", HelpName = "Q", DefaultValueFactory = _ => "" };
        var picture = new Option<string?>("--out") { Description = "Where a drawn image is written (answer.png, or answer-2.png where that is taken).", HelpName = "X.png" };
        var maxTokens = new Option<int?>("--max-tokens") { Description = "Longest answer in tokens.", HelpName = "N" };
        var command = new Command("ask", "Ask a running cluster one question.") { cluster, task, image, question, picture, maxTokens };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var images = parsed.GetValue(image)!;
            var path = parsed.GetValue(picture) is { } named ? Path.GetFullPath(named) : null;
            RequireOut(path, images);
            var request = new InferenceRequest
            {
                Task = parsed.GetValue(task)!,
                Question = parsed.GetValue(question)!,
                Images = [.. images.Select(ImageArgument.Read)],
                MaxTokens = parsed.GetValue(maxTokens),
            };
            await using var connection = ClusterOption.Connect(parsed.GetValue(cluster)!);
            await connection.ReachAsync(ReachDeadline, cancellationToken);
            var answer = await connection.AskAsync(request, Deadline, cancellationToken);
            return await WriteAsync(answer, path, HealthGptCommand.OutputOf(parsed), cancellationToken);
        });
        return command;
    }

    private static void RequireOut(string? path, IEnumerable<string> images)
    {
        if (path is null)
            return;
        OutputFile.RequireOther(path, images, []);
        OutsideModels.Require("--out", path);
        OutputFile.RequireWritable(path);
    }

    private static async Task<int> WriteAsync(Answer answer, string? named, CommandOutput output, CancellationToken cancellationToken)
    {
        if (answer.ImagePng is null)
        {
            output.Result(answer.Text, answer);
            if (named is not null)
                await output.Error.WriteLineAsync($"'{named}' is not written: the task answers in words");
            return ExitCodes.Done;
        }

        var path = named ?? OutputFile.NotTaken(Path.GetFullPath("answer.png"));
        await OutputFile.WriteAsync(path, answer.ImagePng, cancellationToken);
        output.Result($"image written to {path}", answer with { ImagePng = null, Text = path });
        return ExitCodes.Done;
    }
}

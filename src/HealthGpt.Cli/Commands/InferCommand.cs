using System.CommandLine;
using HealthGpt.Cli.LocalInference;
using HealthGpt.Inference;

namespace HealthGpt.Cli.Commands;

/// <summary>healthgpt infer: one request in this process, without a cluster.</summary>
internal static class InferCommand
{
    public static Command Create()
    {
        var model = new Option<string>("--model") { Description = "The model folder.", HelpName = "DIR", Required = true };
        var task = new Option<string>("--task") { Description = "The task that answers, for example vqa.", HelpName = "T", Required = true };
        var plugin = new Option<string?>("--plugin") { Description = "One of the model folder's plugins by name, or a plugin folder (the model folder's own for the task).", HelpName = "P" };
        var image = new Option<string[]>("--image") { Description = "An image file (PNG or JPEG); may be repeated.", HelpName = "F", DefaultValueFactory = _ => [] };
        var question = new Option<string>("--question") { Description = "What is asked; tasks that draw from an image may have a default.", HelpName = "Q", DefaultValueFactory = _ => "" };
        var picture = new Option<string?>("--out") { Description = "Where a drawn image is written; needed for tasks that draw.", HelpName = "X.png" };
        var device = Choice.Option("--device", "Where it computes (cpu)", ("cpu", ComputeDevice.Cpu), ("cuda", ComputeDevice.Cuda));
        var type = Choice.Option<Precision?>("--dtype", "What it computes in (bfloat16 for a base that is stored in it, else float32)", ("bfloat16", Precision.BFloat16), ("float32", Precision.Float32));
        var maxTokens = new Option<int?>("--max-tokens")
        {
            Description = $"Longest text answer in tokens ({LocalRequest.PublishedMaxTokens}, the published setting).",
            HelpName = "N",
            CustomParser = result => WholeNumber.Parse(result, 1, 1 << 20),
        };
        var command = new Command("infer", "Ask a model folder one question in this process, without a cluster.") { model, task, plugin, image, question, picture, device, type, maxTokens };
        command.SetAction((parsed, cancellationToken) =>
        {
            var run = new LocalRequest
            {
                Model = Path.GetFullPath(parsed.GetValue(model)!),
                Task = parsed.GetValue(task)!,
                Plugin = parsed.GetValue(plugin),
                ImageFiles = parsed.GetValue(image)!,
                Question = parsed.GetValue(question)!,
                Out = parsed.GetValue(picture) is { } path ? Path.GetFullPath(path) : null,
                Device = parsed.GetValue(device),
                Precision = parsed.GetValue(type),
                MaxTokens = parsed.GetValue(maxTokens),
            };
            return Task.Run(() => LocalAnswer.RunAsync(run, HealthGptCommand.OutputOf(parsed), cancellationToken), cancellationToken);
        });
        return command;
    }
}

using HealthGpt.Cli.Commands;
using HealthGpt.Data.Samples;
using HealthGpt.Inference;
using HealthGpt.Model.Weights;

namespace HealthGpt.Cli.LocalInference;

/// <summary>A request of which everything holds that can be known before gigabytes of weights are read.</summary>
/// <param name="Generation">The request as the engine takes it.</param>
/// <param name="Plugin">The plugin that answers.</param>
/// <param name="Precision">What the model computes in.</param>
internal sealed record CheckedRequest(GenerationRequest Generation, ChosenPlugin Plugin, Precision Precision)
{
    /// <summary>Checks a request.</summary>
    /// <exception cref="CommandException">An option is wrong; the message names it.</exception>
    /// <exception cref="RequestException">The question or the images are not what the task needs.</exception>
    /// <exception cref="WeightFileException">The model folder or the plugin is wrong.</exception>
    /// <exception cref="DeviceUnavailableException">The device is not there.</exception>
    public static CheckedRequest Of(LocalRequest request)
    {
        var model = LocalModel.Open(request.Model);
        var plugin = ChosenPlugin.Find(model, request.Plugin, request.Task);
        RequireTask(request, plugin);
        RequireOut(request, model, plugin);
        DeviceUnavailableException.ThrowIfMissing(request.Device);
        var generation = new GenerationRequest
        {
            Task = request.Task,
            Question = request.Question,
            Images = [.. request.ImageFiles.Select(ImageArgument.Read)],
            MaxTokens = plugin.Kind == TaskKind.Comprehension ? request.MaxTokens ?? LocalRequest.PublishedMaxTokens : null,
        };
        _ = model.Planner().Plan(model.ValidatorOf(plugin.Task, request.MaxTokens ?? LocalRequest.PublishedMaxTokens).Validate(generation));
        return new CheckedRequest(generation, plugin, request.Precision ?? model.ExactPrecision());
    }

    private static void RequireTask(LocalRequest request, ChosenPlugin plugin)
    {
        if (plugin.Card.Task != request.Task)
            throw CommandException.OfArguments($"--task is '{request.Task}'", $"the plugin '{request.Plugin}' is for the task '{plugin.Card.Task}'", $"ask for --task {plugin.Card.Task}, or name another plugin");
    }

    private static void RequireOut(LocalRequest request, LocalModel model, ChosenPlugin plugin)
    {
        if (plugin.Kind == TaskKind.Generation && request.Out is null) throw CommandException.OfArguments("--out is missing", $"the task '{request.Task}' draws an image", "say where to write it, for example --out answer.png");
        if (plugin.Kind == TaskKind.Comprehension && request.Out is not null) throw CommandException.OfArguments($"--out is '{request.Out}'", $"the task '{request.Task}' answers in words", "leave it out");
        if (plugin.Kind == TaskKind.Generation && request.MaxTokens is { } most) throw CommandException.OfArguments($"--max-tokens is '{most}'", $"the task '{request.Task}' is answered by an image, which is always whole", "leave it out");
        if (request.Out is null) return;
        OutputFile.RequireOther(request.Out, request.ImageFiles, [.. model.Folders, plugin.Folder]);
        OutputFile.RequireWritable(request.Out);
    }
}

using HealthGpt.Cli.LocalInference;
using HealthGpt.Data.Samples;
using HealthGpt.Model.Folders;

namespace HealthGpt.Cli.Evaluation;

/// <summary>A plugin that is measured.</summary>
/// <param name="Label">What results call it: a, or b for the second of two.</param>
/// <param name="Chosen">The plugin.</param>
/// <param name="Sha256">Hash of its folder.</param>
internal sealed record EvaluatedPlugin(string Label, ChosenPlugin Chosen, string Sha256)
{
    private const int Most = 2;

    /// <summary>Finds the plugins.</summary>
    /// <exception cref="CommandException">There are too many, or one is not for the task's kind.</exception>
    public static IReadOnlyList<EvaluatedPlugin> Find(LocalModel model, EvaluationOptions options, TaskDefinition task)
    {
        if (options.Plugins.Count > Most)
            throw CommandException.OfArguments($"--plugin is given {options.Plugins.Count} times", "two plugins are compared at most", "name one or two");
        var named = options.Plugins.Count == 0 ? [null] : options.Plugins.Cast<string?>();
        return [.. named.Select((plugin, at) => Of(model, plugin, task, at == 0 ? "a" : "b"))];
    }

    private static EvaluatedPlugin Of(LocalModel model, string? plugin, TaskDefinition task, string label)
    {
        var chosen = ChosenPlugin.Find(model, plugin, task.Name);
        if (chosen.Kind != task.Kind)
        {
            throw CommandException.OfArguments(
                plugin is null ? $"--task is '{task.Name}'" : $"--plugin is '{plugin}'", $"the plugin {Does(chosen.Kind)}, but the dataset's task '{task.Name}' {Wants(task.Kind)}",
                "name a plugin of the task's kind, or another task");
        }

        return new EvaluatedPlugin(label, chosen, PartHash.Of(chosen.Folder));
    }

    private static string Does(TaskKind kind) => kind == TaskKind.Generation ? "draws an image" : "answers in words";

    private static string Wants(TaskKind kind) => kind == TaskKind.Generation ? "is answered by an image" : "is answered in words";
}

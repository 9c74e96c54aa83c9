using HealthGpt.Data.Samples;
using HealthGpt.Inference;
using HealthGpt.Model.Plugins;
using HealthGpt.Model.Weights;

namespace HealthGpt.Cli.LocalInference;

/// <summary>A plugin that answers: one of the model folder's own, or a folder of its own.</summary>
/// <param name="Name">Its name in the model's manifest; null for a folder from elsewhere.</param>
/// <param name="Folder">Its folder.</param>
/// <param name="Card">What the folder says of itself.</param>
internal sealed record ChosenPlugin(string? Name, string Folder, PluginCard Card)
{
    public TaskKind Kind => Card.Kind == PluginKind.Generation ? TaskKind.Generation : TaskKind.Comprehension;

    public EngineTask Task => new() { Task = Card.Task, Kind = Kind, DefaultPrompt = Card.Prompt };

    /// <summary>Finds the plugin that --plugin means: the model's own of that name, else a folder; the model's own of the task where it is not given.</summary>
    /// <param name="model">The model.</param>
    /// <param name="plugin">What --plugin says; null where it is not given.</param>
    /// <param name="task">What --task says.</param>
    /// <exception cref="CommandException">There is no such plugin.</exception>
    /// <exception cref="WeightFileException">Its card is wrong, or it was made for another base or for fusion weights that the model does not have.</exception>
    public static ChosenPlugin Find(LocalModel model, string? plugin, string task)
    {
        var own = model.Manifest.Plugins;
        if (own.TryGetValue(plugin ?? task, out var part))
            return WeightFileException.OfModel(model.Folder, () => Open(model, plugin ?? task, part.In(model.Folder)));
        if (plugin is null && own.Count == 0)
        {
            throw CommandException.OfArguments(
                $"--task is '{task}'", $"the model '{model.Manifest.Name}' is a foundation without plugins, which answers no task by itself",
                "name a plugin folder with --plugin, or a model that has plugins: 'healthgpt demo' makes one, and so does a training job");
        }

        if (plugin is null)
            throw CommandException.OfArguments($"--task is '{task}'", "the model has no plugin for it", $"name one of its tasks ({Listed(own.Keys)}), or a plugin with --plugin");
        var folder = Path.GetFullPath(plugin);
        if (!Directory.Exists(folder))
        {
            throw CommandException.OfArguments(
                $"--plugin is '{plugin}'", $"there is no such folder, and the model has no plugin of that name ({Listed(own.Keys)})",
                $"name one of its plugins, or a folder with {PluginCard.FileName} and {Plugin.WeightsFile}; 'weights import' makes one of published weights");
        }

        return Open(model, null, folder);
    }

    /// <summary>Has an engine load this plugin and no other.</summary>
    public EngineOptions LoadedBy(EngineOptions options) =>
        Name == Card.Task ? options with { Tasks = [Name], PluginFolders = [] } : options with { Tasks = [], PluginFolders = [Folder] };

    private static ChosenPlugin Open(LocalModel model, string? name, string folder)
    {
        var card = PluginCard.Load(folder);
        card.RequireBase(folder, model.Manifest.Base.Sha256);
        card.RequireSizes(folder);
        card.VocabularyIn(folder, model.Manifest.Fusion?.Sha256);
        return new ChosenPlugin(name, folder, card);
    }

    private static string Listed(IEnumerable<string> names) => string.Join(", ", names.Order(StringComparer.Ordinal)) is { Length: > 0 } list ? list : "it has none";
}

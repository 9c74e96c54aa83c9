using System.Text.RegularExpressions;
using HealthGpt.Model.Importing;
using HealthGpt.Model.Plugins;
using HealthGpt.Model.Presets;
using HealthGpt.Model.Vocabulary;

namespace HealthGpt.Cli.Commands;

/// <summary>--plugin TASK=FILE, TASK:KIND=FILE or TASK:KIND:VOCABULARY=FILE: a published plugin file, what it is for, and which embedding and head it goes with.</summary>
internal static partial class PluginArgument
{
    /// <summary>Reads one.</summary>
    /// <exception cref="CommandException">It is of another form, or the task's name does not say its kind.</exception>
    public static PublishedPlugin Read(string text)
    {
        if (Form().Match(text) is not { Success: true, Groups: var groups })
            throw Wrong(text, "it is not TASK=FILE with a task of lower-case letters, digits and hyphens", "write for example --plugin vqa=com_hlora_weights.bin");
        var (task, file) = (groups["task"].Value, groups["file"].Value);
        if (!File.Exists(file)) throw Wrong(text, $"there is no file '{file}'", "name a published H-LoRA file");
        var plugin = new PublishedPlugin(task, KindOf(text, task, groups["kind"].Value), Path.GetFullPath(file));
        return groups["vocabulary"].Value switch
        {
            "" => plugin,
            "base" => plugin with { Vocabulary = VocabularySource.Base },
            "fusion" => plugin with { Vocabulary = VocabularySource.Fusion },
            var other => throw Wrong(text, $"'{other}' is no vocabulary", $"write {task}:{groups["kind"].Value}:base=FILE or {task}:{groups["kind"].Value}:fusion=FILE"),
        };
    }

    private static PluginKind KindOf(string text, string task, string kind) => kind switch
    {
        "comprehension" => PluginKind.Comprehension,
        "generation" => PluginKind.Generation,
        "" when KnownTasks.KindOf(task) is { } known => known,
        "" => throw Wrong(text, $"the task '{task}' is none of the published ones, so that its name does not say whether it reads or draws", $"write {task}:comprehension=FILE or {task}:generation=FILE"),
        _ => throw Wrong(text, $"'{kind}' is no kind of task", $"write {task}:comprehension=FILE or {task}:generation=FILE"),
    };

    private static CommandException Wrong(string text, string why, string remedy) => CommandException.OfArguments($"--plugin is '{text}'", why, remedy);

    [GeneratedRegex("^(?<task>[a-z0-9][a-z0-9-]*)(:(?<kind>[^=:]*)(:(?<vocabulary>[^=]*))?)?=(?<file>.+)$")]
    private static partial Regex Form();
}

using System.CommandLine;
using System.Diagnostics;
using HealthGpt.Cli.Terminal;
using HealthGpt.Model.Importing;
using HealthGpt.Model.Presets;
using HealthGpt.Model.Vocabulary;

namespace HealthGpt.Cli.Commands;

/// <summary>healthgpt weights import: a model folder of the files that were published.</summary>
internal static class WeightsImportCommand
{
    private const string PublishedFusion = "fusion_layer_weights.bin";

    public static Command Create()
    {
        var preset = PresetOption.Create();
        var language = Folder("--base", "The base language model's Hugging Face folder.", required: true);
        var tokenizer = Folder("--tokenizer", "The text tokenizer's folder (the base's own).", required: false);
        var tower = Folder("--tower", "The CLIP vision tower's Hugging Face folder.", required: true);
        var images = new Option<string>("--image-tokenizer") { Description = "The GumbelVQ checkpoint with model.yaml beside it, or the folder of both.", HelpName = "FILE|DIR", Required = true };
        var fusion = new Option<string?>("--fusion") { Description = "The fusion-layer weights.", HelpName = "FILE" };
        var plugins = new Option<string[]>("--plugin")
        {
            Description = "A published H-LoRA file and the task it serves, TASK=FILE or TASK:comprehension=FILE or TASK:generation=FILE; a kind may be followed by :base or :fusion, the embedding it goes with; may be repeated.",
            HelpName = "TASK=FILE",
            DefaultValueFactory = _ => [],
        };
        var folder = new Option<string>("--out") { Description = "The model folder to make; it must be new or empty, and appears whole or not at all.", HelpName = "DIR", Required = true };
        var command = new Command("import", "Make a model folder of published files: checked, with hashes, without a second copy where the disk allows it.")
        {
            preset, language, tokenizer, tower, images, fusion, plugins, folder,
        };
        command.SetAction((parsed, cancellationToken) => Task.Run(
            () => Run(
                parsed.GetValue(preset),
                new PublishedParts
                {
                    Base = Existing("--base", parsed.GetValue(language)!),
                    Tokenizer = parsed.GetValue(tokenizer) is { } other ? Existing("--tokenizer", other) : null,
                    VisionTower = Existing("--tower", parsed.GetValue(tower)!),
                    ImageTokenizer = Existing("--image-tokenizer", parsed.GetValue(images)!),
                    Fusion = parsed.GetValue(fusion) is { } file ? Existing("--fusion", file) : null,
                    Plugins = Different([.. parsed.GetValue(plugins)!.Select(PluginArgument.Read)]),
                },
                Path.GetFullPath(parsed.GetValue(folder)!), HealthGptCommand.OutputOf(parsed), cancellationToken),
            cancellationToken));
        return command;
    }

    private static int Run(ModelPreset preset, PublishedParts parts, string folder, CommandOutput output, CancellationToken cancellationToken)
    {
        RequireFusion(parts);
        OutsideModels.Require("--out", folder);
        var clock = Stopwatch.StartNew();
        var report = ModelImport.Run(preset, parts, folder, cancellationToken);
        return WeightsVerifyCommand.WriteReport(report with { Folder = folder }, clock.Elapsed.TotalSeconds, output);
    }

    private static void RequireFusion(PublishedParts parts)
    {
        if (parts.Fusion is not null || parts.Plugins.FirstOrDefault(plugin => plugin.Vocabulary == VocabularySource.Fusion) is not { } plugin) return;
        var beside = Path.Combine(Path.GetDirectoryName(plugin.File)!, PublishedFusion);
        throw new CommandException(
            ExitCodes.WrongArguments, "--fusion is missing", $"the plugin for the task '{plugin.Task}' goes with the fusion weights, the embedding and head of the image tokens",
            File.Exists(beside) ? $"add --fusion {beside}" : $"add --fusion FILE; the published file is called {PublishedFusion} and lies beside the H-LoRA files where the model was published");
    }

    private static Option<string?> Folder(string name, string description, bool required) => new(name) { Description = description, HelpName = "DIR", Required = required };

    private static string Existing(string option, string path) => File.Exists(path) || Directory.Exists(path)
        ? Path.GetFullPath(path)
        : throw new CommandException(ExitCodes.WrongArguments, $"{option} is '{path}'", "there is no such file or folder", "name the published one");

    private static IReadOnlyList<PublishedPlugin> Different(IReadOnlyList<PublishedPlugin> plugins) =>
        plugins.GroupBy(plugin => plugin.Task).FirstOrDefault(group => group.Count() > 1) is { } twice
            ? throw new CommandException(ExitCodes.WrongArguments, $"--plugin names the task '{twice.Key}' twice", "a model folder has one plugin for a task", "give one of them another name")
            : plugins;
}

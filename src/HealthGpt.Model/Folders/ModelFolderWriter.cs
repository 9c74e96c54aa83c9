using HealthGpt.Model.Plugins;
using HealthGpt.Model.Vocabulary;
using HealthGpt.Model.Weights;
using HealthGpt.Storage.Files;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Folders;

/// <summary>Writes what training made as a model folder that refers to the parts it did not change.</summary>
public static class ModelFolderWriter
{
    private const string FusionFile = "fusion.safetensors";
    private const string PluginsFolder = "plugins";

    /// <summary>Names of what it writes into a folder, the manifest apart.</summary>
    public static IReadOnlyList<string> Parts { get; } = [FusionFile, PluginsFolder];

    /// <summary>Writes fusion weights, plugins and, last, the manifest.</summary>
    /// <param name="target">The new folder; replaced where it exists.</param>
    /// <param name="model">The model that was trained; its unchanged parts are referred to by relative path.</param>
    /// <param name="vocabulary">The trained embedding and head.</param>
    /// <param name="plugins">The trained plugins. Those of the model that they do not replace are copied as they are, unless they go with another vocabulary than the new one.</param>
    /// <param name="job">The job that trained them.</param>
    /// <param name="step">The job's last step.</param>
    /// <param name="place">Where the folder will lie, which the relative paths start from; left out, where it is written.</param>
    /// <param name="preset">The preset that it was trained with; left out, what the model's manifest says.</param>
    /// <returns>Tasks of the model's plugins that are left out.</returns>
    /// <exception cref="ArgumentException">It would replace the model or a part that it refers to, or lie in such a part.</exception>
    public static IReadOnlyList<string> Write(
        string target, HealthGptModel model, VocabularyWeights vocabulary, IEnumerable<Plugin> plugins, string job, long step, string? place = null, string? preset = null)
    {
        target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(target));
        RequireOther(model, target);
        using var staged = new StagedFolder(target);
        var written = WriteWhole(staged.Path, place ?? target, model, vocabulary, plugins, job, step, preset ?? model.Manifest.Preset);
        staged.PutInPlace(last: ModelManifest.FileName);
        return [.. model.Manifest.Plugins.Keys.Where(task => !written.ContainsKey(task)).Order(StringComparer.Ordinal)];
    }

    private static Dictionary<string, ModelPart> WriteWhole(
        string fresh, string place, HealthGptModel model, VocabularyWeights vocabulary, IEnumerable<Plugin> plugins, string job, long step, string? preset)
    {
        Save(Path.Combine(fresh, FusionFile), vocabulary.NamedTensors());
        var fusion = new ModelPart(FusionFile, PartHash.Of(Path.Combine(fresh, FusionFile)));
        var parts = new Dictionary<string, ModelPart>();
        foreach (var plugin in plugins) parts.Add(plugin.Task, WritePlugin(fresh, plugin, model, fusion, job, step));
        foreach (var (task, part) in model.Manifest.Plugins.Where(plugin => !parts.ContainsKey(plugin.Key) && IsKept(plugin.Key, plugin.Value, model, fusion)))
            parts.Add(task, CopyPlugin(fresh, task, part, model));

        var manifest = model.Manifest with
        {
            Name = job,
            Base = Refer(model, model.Manifest.Base, place),
            VisionTower = Refer(model, model.Manifest.VisionTower, place),
            ImageTokenizer = Refer(model, model.Manifest.ImageTokenizer, place),
            Tokenizer = Refer(model, model.Manifest.Tokenizer, place),
            Preset = preset,
            Fusion = fusion,
            Plugins = parts,
        };
        manifest.Save(fresh);
        return parts;
    }

    // Its place is emptied.
    private static void RequireOther(HealthGptModel model, string target)
    {
        var parts = model.Manifest.AllParts().Select(part => part.Part.In(model.Folder)).ToList();
        if (parts.Append(Path.GetFullPath(model.Folder)).FirstOrDefault(source => RealPath.IsIn(source, target)) is { } replaced)
            throw new ArgumentException($"'{target}' cannot be written: it would replace '{replaced}', which the new model is made of; name another folder.");
        if (parts.FirstOrDefault(part => RealPath.IsIn(target, part)) is { } filled)
            throw new ArgumentException($"'{target}' cannot be written: it lies in '{filled}', which the new model is made of and must stay as it is; name another folder.");
    }

    private static ModelPart WritePlugin(string folder, Plugin plugin, HealthGptModel model, ModelPart fusion, string job, long step)
    {
        var relative = Path.Combine(PluginsFolder, plugin.Task);
        var path = Path.Combine(folder, relative);
        Directory.CreateDirectory(path);
        Save(Path.Combine(path, Plugin.WeightsFile), plugin.HLora.NamedTensors().Concat(plugin.Adapter.NamedTensors()));
        var card = new PluginCard
        {
            Task = plugin.Task,
            Kind = plugin.Kind,
            Prompt = plugin.Prompt,
            Rank = plugin.HLora.Rank,
            Alpha = plugin.HLora.Alpha,
            Experts = plugin.HLora.Experts,
            Vocabulary = plugin.Vocabulary,
            FusionSha256 = plugin.Vocabulary == VocabularySource.Fusion ? fusion.Sha256 : null,
            BaseSha256 = model.Manifest.Base.Sha256,
            Job = job,
            Step = step,
        };
        card.Save(path);
        return new ModelPart(relative, PartHash.Of(path));
    }

    // Beside another vocabulary than its own a plugin is refused, and with it the whole model where it is served.
    private static bool IsKept(string task, ModelPart part, HealthGptModel model, ModelPart fusion) =>
        Path.GetFileName(task) == task && task is not ("." or "..") && File.Exists(Path.Combine(part.In(model.Folder), PluginCard.FileName))
        && (model.Manifest.Fusion?.Sha256 == fusion.Sha256 || PluginCard.Load(part.In(model.Folder)).Vocabulary == VocabularySource.Base);

    private static ModelPart CopyPlugin(string folder, string task, ModelPart part, HealthGptModel model)
    {
        var relative = Path.Combine(PluginsFolder, task);
        var source = part.In(model.Folder);
        foreach (var file in Directory.GetFiles(source, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(folder, relative, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        return part with { Path = relative };
    }

    private static ModelPart Refer(HealthGptModel model, ModelPart part, string place) =>
        part with { Path = Path.GetRelativePath(RealPath.Of(place), RealPath.Of(part.In(model.Folder))) };

    private static void Save(string path, IEnumerable<KeyValuePair<string, Tensor>> tensors)
    {
        using var stream = File.Create(path);
        SafetensorsWriter.Write(stream, tensors, SafetensorsWriter.PyTorchFormat);
        stream.Flush(flushToDisk: true);
    }
}

using HealthGpt.Model.Decoder;
using HealthGpt.Model.Folders;
using HealthGpt.Model.ImageTokens;
using HealthGpt.Model.Layouts;
using HealthGpt.Model.Plugins;
using HealthGpt.Model.Text;
using HealthGpt.Model.Vision;
using HealthGpt.Model.Weights;
using HealthGpt.Storage.Files;

namespace HealthGpt.Model.Verification;

/// <summary>Checks a folder as its publisher made it: there are no hashes to hold it to.</summary>
internal static class PublishedFolder
{
    private const string ConfigFile = "config.json", PluginName = "plugin";

    public static ModelReport Check(string folder, CancellationToken cancellationToken)
    {
        (string Name, string Weights) known = default;
        PartLayout? layout = null;
        var faults = ModelCheck.Gather(() => known = Recognise(folder));
        if (known.Name is null) return new ModelReport(folder, [], faults);
        faults.AddRange(ModelCheck.Gather(() => layout = LayoutOf(known.Name, folder)));
        if (known.Name == PluginName) faults.AddRange(ModelCheck.Gather(() => layout = LayoutOf(PluginCard.Load(folder), folder, known.Weights!)));
        var part = PartCheck.Run(known.Name, Path.GetFullPath(folder), layout, expected: null, hashed: false, known.Weights, faults, cancellationToken);
        return new ModelReport(folder, [part], part.Faults);
    }

    private static (string Name, string Weights) Recognise(string folder)
    {
        var full = Path.GetFullPath(folder);
        if (PublishedImageTokenizer.IsAt(full)) return ("imageTokenizer", PublishedImageTokenizer.Find(full).Weights);
        if (File.Exists(Path.Combine(full, PluginCard.FileName))) return (PluginName, Path.Combine(full, Plugin.WeightsFile));
        var config = Path.Combine(full, ConfigFile);
        RequireReadable(full);
        if (!File.Exists(config))
            throw new WeightFileException(folder, $"holds neither {ModelManifest.FileName} nor {ConfigFile} nor model.yaml nor {PluginCard.FileName}; it is no model folder, no published part of one and no plugin");
        return (VisionConfig.IsVision(config) ? "visionTower" : "base", full);
    }

    private static void RequireReadable(string folder)
    {
        try
        {
            _ = Directory.EnumerateFileSystemEntries(folder).Any();
        }
        catch (UnauthorizedAccessException error)
        {
            throw new WeightFileException(folder, $"cannot be read: {FileTrouble.Of(error, folder)}", error);
        }
    }

    // A plugin by itself does not say what base it must fit, but its tensors must fit each other and its card.
    private static PartLayout? LayoutOf(PluginCard card, string folder, string weights)
    {
        card.RequireSizes(folder);
        if (ShapesIn(weights) is not { Count: > 0 } shapes) return null;
        return PluginLayout.OfItself(shapes, card.Rank, card.Experts) ?? throw new WeightFileException(weights, "holds no H-LoRA of a decoder's first layer with an adapter, so that it is no plugin");
    }

    // A file that is refused is told where its tensors are looked at.
    private static Dictionary<string, long[]>? ShapesIn(string weights)
    {
        try
        {
            using var file = WeightFile.Open(weights);
            return file.Entries.ToDictionary(entry => entry.Key, entry => entry.Value.Shape);
        }
        catch (WeightFileException)
        {
            return null;
        }
    }

    private static PartLayout? LayoutOf(string part, string folder) => part switch
    {
        "imageTokenizer" => ImageTokenizerLayout.Of(ImageTokenizerConfig.Load(PublishedImageTokenizer.Find(folder).Config)),
        "visionTower" => VisionTowerLayout.Of(TowerOf(folder)),
        "base" => DecoderLayout.Of(DecoderOf(folder)),
        _ => null,
    };

    private static DecoderConfig DecoderOf(string folder)
    {
        var decoder = DecoderConfig.Load(Path.Combine(folder, ConfigFile));
        GenerationConfig.Load(folder);
        return decoder;
    }

    private static VisionConfig TowerOf(string folder)
    {
        var tower = VisionConfig.Load(Path.Combine(folder, ConfigFile));
        ImagePreparation.Load(Path.Combine(folder, "preprocessor_config.json"), tower);
        return tower;
    }
}

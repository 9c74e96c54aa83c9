using System.Globalization;
using HealthGpt.Model.Decoder;
using HealthGpt.Model.Folders;
using HealthGpt.Model.HLora;
using HealthGpt.Model.ImageTokens;
using HealthGpt.Model.Layouts;
using HealthGpt.Model.Plugins;
using HealthGpt.Model.Presets;
using HealthGpt.Model.Text;
using HealthGpt.Model.Verification;
using HealthGpt.Model.Vision;
using HealthGpt.Model.Vocabulary;
using HealthGpt.Model.Weights;

namespace HealthGpt.Model.Importing;

/// <summary>Makes a model folder of published files. The folder appears only where nothing is wrong with any of them.</summary>
public sealed class ModelImport
{
    private static readonly string[] TokenizerFiles =
        ["byte_tokenizer.json", "tokenizer.model", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.json", "merges.txt"];

    private readonly PresetParts _preset;
    private readonly PublishedParts _parts;
    private readonly CancellationToken _cancellationToken;

    private ModelImport(ModelPreset preset, PublishedParts parts, CancellationToken cancellationToken) =>
        (_preset, _parts, _cancellationToken) = (PresetParts.Of(preset), parts, cancellationToken);

    /// <summary>Imports a model.</summary>
    /// <param name="preset">The published model whose template and name it has.</param>
    /// <param name="parts">Its files.</param>
    /// <param name="target">A new folder; it appears whole or not at all.</param>
    /// <param name="cancellationToken">Stops between two blocks of a file.</param>
    /// <returns>What was found in the published files; where there are faults, there is no folder.</returns>
    /// <exception cref="WeightFileException">A configuration or a file is missing or wrong.</exception>
    /// <exception cref="FolderNotEmptyException">There is something at the folder's place.</exception>
    /// <exception cref="DiskSpaceException">The disk has less room than the files that are copied or converted need.</exception>
    public static ModelReport Run(ModelPreset preset, PublishedParts parts, string target, CancellationToken cancellationToken)
    {
        var import = new ModelImport(preset, parts, cancellationToken);
        import.RequireParts();
        ModelReport? report = null;
        NewFolder.Write(target, folder =>
        {
            report = import.Write(folder, target);
            return report.IsSound;
        });
        return report!;
    }

    // What cannot be right is refused before gigabytes are read.
    private void RequireParts()
    {
        var decoder = DecoderConfig.Load(Path.Combine(_parts.Base, "config.json"));
        var expected = PublishedSizes.Of(_preset.Preset).Decoder.Family;
        if (decoder.Family != expected)
            throw new WeightFileException(Path.Combine(_parts.Base, "config.json"), $"is of the family {decoder.Family}, but {_preset.Name}'s base, {_preset.Base}, is of the family {expected}; name its folder, or another preset");
        GenerationConfig.Load(_parts.Base);
        var tower = VisionConfig.Load(Path.Combine(_parts.VisionTower, "config.json"));
        ImagePreparation.Load(Path.Combine(_parts.VisionTower, "preprocessor_config.json"), tower);
        ImageTokenizerConfig.Load(PublishedImageTokenizer.Find(_parts.ImageTokenizer).Config);
        var folder = _parts.Tokenizer ?? _parts.Base;
        var tokenizer = TokenizerFolder.Open(folder, _preset.Template.Splitting);
        TokenizerFit.RequireTemplate(folder, tokenizer, _preset.Template);
        TokenizerFit.RequireRows(folder, tokenizer, decoder.VocabularyRows);
    }

    private ModelReport Write(string folder, string place)
    {
        var files = new PartFiles(folder, place);
        TakeParts(files);
        var check = new ModelCheck(folder, Manifest(_ => ""), _cancellationToken);
        var (language, fusion) = check.CheckModel();
        foreach (var plugin in _parts.Plugins) CardOf(folder, plugin, language ?? "", fusion).Save(Path.Combine(folder, PlaceOf(plugin)));
        var report = check.CheckPlugins();
        var hashes = report.Parts.ToDictionary(part => part.Name, part => part.Sha256 ?? "", StringComparer.Ordinal);
        if (report.IsSound) Manifest(name => hashes[name]).Save(folder);
        return report.IsSound ? InPlace(report, folder, place) : BySource(report, files);
    }

    // The folder that it was written as is gone when this is read.
    private static ModelReport InPlace(ModelReport report, string folder, string place) => report with
    {
        Folder = place,
        Parts = [.. report.Parts.Select(part => part with { Path = Path.Combine(place, Path.GetRelativePath(folder, part.Path)) })],
    };

    // What is wrong is wrong with the published files; the new folder is not there then.
    private static ModelReport BySource(ModelReport report, PartFiles files) => report with
    {
        Faults = [.. report.Faults.Select(fault => fault with { File = files.SourceOf(fault.File) })],
        Parts = [.. report.Parts.Select(part => part with { Path = files.SourceOf(part.Path), Faults = [.. part.Faults.Select(fault => fault with { File = files.SourceOf(fault.File) })] })],
    };

    private void TakeParts(PartFiles files)
    {
        files.TakeThoseOf(_parts.Base, "base", "config.json", "generation_config.json");
        files.TakeWeights(_parts.Base, "base");
        files.TakeThoseOf(_parts.Tokenizer ?? _parts.Base, "tokenizer", TokenizerFiles);
        files.TakeThoseOf(_parts.VisionTower, "vision_tower", "config.json", "preprocessor_config.json");
        files.TakeWeights(_parts.VisionTower, "vision_tower");
        var images = PublishedImageTokenizer.Find(_parts.ImageTokenizer);
        files.Take(images.Config, "image_tokenizer/model.yaml");
        files.TakeAsSafetensors(images.Weights, "image_tokenizer/model.safetensors", name => !ImageTokenizerLayout.IsOfTraining(name), _cancellationToken);
        if (_parts.Fusion is { } fusion) files.TakeAsSafetensors(fusion, "fusion.safetensors", null, _cancellationToken);
        foreach (var plugin in _parts.Plugins) files.TakeAsSafetensors(plugin.File, Path.Combine(PlaceOf(plugin), Plugin.WeightsFile), null, _cancellationToken);
    }

    private ModelManifest Manifest(Func<string, string> hashOf) => new()
    {
        Name = _preset.Name,
        Base = new("base", hashOf("base")),
        VisionTower = new("vision_tower", hashOf("visionTower")),
        ImageTokenizer = new("image_tokenizer", hashOf("imageTokenizer")),
        Tokenizer = new("tokenizer", hashOf("tokenizer")),
        Template = _preset.Template.Name,
        Fusion = _parts.Fusion is null ? null : new("fusion.safetensors", hashOf("fusion")),
        Plugins = _parts.Plugins.ToDictionary(plugin => plugin.Task, plugin => new ModelPart(PlaceOf(plugin), hashOf($"plugins.{plugin.Task}"))),
    };

    private static string PlaceOf(PublishedPlugin plugin) => $"plugins/{plugin.Task}";

    // The file says its rank and number of experts by its shapes alone; alpha is twice the rank in every published setting.
    private static PluginCard CardOf(string folder, PublishedPlugin plugin, string baseSha256, string? fusionSha256)
    {
        using var file = WeightFile.Open(Path.Combine(folder, PlaceOf(plugin), Plugin.WeightsFile));
        long Rows(string part) => file.Entries.Values.FirstOrDefault(entry => entry.Name.EndsWith(string.Create(CultureInfo.InvariantCulture, $".{part}.weight"), StringComparison.Ordinal))
            is { Shape: [> 0 and <= int.MaxValue and var rows, _] } ? rows : throw new WeightFileException(plugin.File, $"has no matrix '...{part}.weight', so that it is no H-LoRA plugin");
        var rank = (int)Rows(HLoraWeights.DownPart);
        return new PluginCard
        {
            Task = plugin.Task,
            Kind = plugin.Kind,
            Rank = rank,
            Alpha = 2.0 * rank,
            Experts = (int)Rows(HLoraWeights.RoutePart),
            Vocabulary = plugin.Vocabulary,
            FusionSha256 = plugin.Vocabulary == VocabularySource.Fusion ? fusionSha256 : null,
            BaseSha256 = baseSha256,
        };
    }
}

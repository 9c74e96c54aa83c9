using HealthGpt.Model.Decoder;
using HealthGpt.Model.Folders;
using HealthGpt.Model.ImageTokens;
using HealthGpt.Model.Layouts;
using HealthGpt.Model.Plugins;
using HealthGpt.Model.Text;
using HealthGpt.Model.Vision;
using HealthGpt.Model.Vocabulary;
using HealthGpt.Model.Weights;

namespace HealthGpt.Model.Verification;

/// <summary>
/// Checks a model folder's files without loading them: hashes against healthgpt.json, tensors and shapes against each part's own configuration, elements that are no finite
/// numbers. Every fault is found, not only the first; a few megabytes are held at a time.
/// </summary>
public sealed class ModelCheck
{
    private readonly string _folder;
    private readonly ModelManifest _manifest;
    private readonly CancellationToken _cancellationToken;
    private readonly List<PartReport> _parts = [];
    private DecoderConfig? _decoder;
    private VisionConfig? _vision;
    private ImageTokenizerConfig? _images;
    private int? _textTokens;
    private string? _baseSha256;
    private string? _fusionSha256;

    internal ModelCheck(string folder, ModelManifest manifest, CancellationToken cancellationToken)
    {
        (_folder, _manifest, _cancellationToken) = (Path.GetFullPath(folder), manifest, cancellationToken);
        (_baseSha256, _fusionSha256) = (manifest.Base.Sha256, manifest.Fusion?.Sha256);
    }

    /// <summary>Checks a folder.</summary>
    /// <param name="folder">A model folder, or a published one of a base language model, a vision tower or an image tokenizer.</param>
    /// <param name="cancellationToken">Stops between two blocks of a file.</param>
    public static ModelReport Run(string folder, CancellationToken cancellationToken)
    {
        if (!File.Exists(Path.Combine(folder, ModelManifest.FileName))) return PublishedFolder.Check(folder, cancellationToken);
        try
        {
            return new ModelCheck(folder, ModelManifest.Load(folder), cancellationToken).Run();
        }
        catch (WeightFileException refusal)
        {
            return new ModelReport(folder, [], [WeightFault.Refused(refusal)]);
        }
    }

    private ModelReport Run()
    {
        CheckModel();
        var report = CheckPlugins();
        return report with { Faults = [.. HashFaults(), .. report.Faults] };
    }

    // Loading holds every part to its hash; an import has none yet.
    private IEnumerable<WeightFault> HashFaults() =>
        from part in _manifest.AllParts()
        where part.Part.Sha256.Length != 64 || !part.Part.Sha256.All(char.IsAsciiHexDigit)
        select new WeightFault(Path.Combine(_folder, ModelManifest.FileName), null, $"the SHA-256 of '{part.Name}', 64 hexadecimal digits", $"'{part.Part.Sha256}'");

    /// <summary>All parts but the plugins, which are held against them next.</summary>
    /// <returns>SHA-256 of the base and of the fusion weights; null for a part that is not there.</returns>
    internal (string? Base, string? Fusion) CheckModel()
    {
        CheckBase();
        CheckVisionTower();
        CheckImageTokenizer();
        CheckTokenizer();
        CheckFusion();
        return (_baseSha256, _fusionSha256);
    }

    /// <summary>The plugins; what was found in all parts.</summary>
    internal ModelReport CheckPlugins()
    {
        foreach (var task in _manifest.Plugins.Keys.Order(StringComparer.Ordinal)) CheckPlugin(task);
        return new(_folder, _parts, [.. TemplateFaults(), .. _parts.SelectMany(part => part.Faults)]);
    }

    private void CheckBase()
    {
        var path = _manifest.Base.In(_folder);
        var faults = Gather(() => _decoder = DecoderConfig.Load(Path.Combine(path, "config.json")), () => GenerationConfig.Load(path));
        var report = Add("base", _manifest.Base, _decoder is null ? null : DecoderLayout.Of(_decoder), faults);
        if (string.IsNullOrEmpty(_baseSha256)) _baseSha256 = report.Sha256;
    }

    private void CheckVisionTower()
    {
        var path = _manifest.VisionTower.In(_folder);
        var faults = Gather(() => _vision = VisionConfig.Load(Path.Combine(path, "config.json")), () => ImagePreparation.Load(Path.Combine(path, "preprocessor_config.json"), _vision));
        Add("visionTower", _manifest.VisionTower, _vision is null ? null : VisionTowerLayout.Of(_vision), faults);
    }

    private void CheckImageTokenizer()
    {
        var path = _manifest.ImageTokenizer.In(_folder);
        var faults = Gather(() => _images = ImageTokenizerConfig.Load(Path.Combine(path, "model.yaml")));
        Add("imageTokenizer", _manifest.ImageTokenizer, _images is null ? null : ImageTokenizerLayout.Of(_images), faults);
    }

    private void CheckTokenizer()
    {
        var path = _manifest.Tokenizer.In(_folder);
        var template = PromptTemplate.Names.Contains(_manifest.Template) ? PromptTemplate.ByName(_manifest.Template) : null;
        ITextTokenizer? tokenizer = null;
        var faults = Directory.Exists(path) ? Gather(() => tokenizer = TokenizerFolder.Open(path, template?.Splitting)) : [];
        _textTokens = tokenizer?.Count;
        if (tokenizer is not null && template is not null) faults.AddRange(Gather(() => TokenizerFit.RequireTemplate(path, tokenizer, template)));
        if (tokenizer is not null && _decoder is not null) faults.AddRange(Gather(() => TokenizerFit.RequireRows(path, tokenizer, _decoder.VocabularyRows)));
        _parts.Add(PartCheck.Run("tokenizer", path, _manifest.Tokenizer.Sha256, hashed: true, faults, _cancellationToken));
    }

    private void CheckFusion()
    {
        if (_manifest.Fusion is not { } part) return;
        var layout = _decoder is not null && _images is not null && _textTokens is { } tokens ? VocabularyLayout.Of(new ImageVocabulary(tokens, _images.Codes).Size, _decoder.Hidden) : null;
        var report = Add("fusion", part, layout, []);
        if (string.IsNullOrEmpty(_fusionSha256)) _fusionSha256 = report.Sha256;
    }

    private void CheckPlugin(string task)
    {
        var part = _manifest.Plugins[task];
        var path = part.In(_folder);
        PluginCard? card = null;
        var faults = Directory.Exists(path) ? Gather(() => card = PluginCard.Load(path)) : [];
        if (card is not null) faults.AddRange(CardFaults(Path.Combine(path, PluginCard.FileName), task, card));
        var layout = card is { Rank: > 0, Experts: > 0 } && _decoder is not null && _vision is not null ? PluginLayout.Of(_decoder, _vision.Width, card.Rank, card.Experts) : null;
        Add($"plugins.{task}", part, layout, faults, Path.Combine(path, Plugin.WeightsFile));
    }

    private IEnumerable<WeightFault> CardFaults(string file, string task, PluginCard card)
    {
        if (card.Task != task) yield return new(file, null, $"task '{task}', by {ModelManifest.FileName}", $"task '{card.Task}'");
        if (!string.Equals(card.BaseSha256, _baseSha256, StringComparison.OrdinalIgnoreCase)) yield return new(file, null, $"a plugin of this model's base, SHA-256 {_baseSha256}", $"one of a base with SHA-256 {card.BaseSha256}");
        if (card.FusionFault(_fusionSha256) is { } fusion) yield return new(file, null, fusion.Expected, fusion.Found);
        if (card.SizeFault() is { } size) yield return new(file, null, size.Expected, size.Found);
    }

    private PartReport Add(string name, ModelPart part, PartLayout? layout, IEnumerable<WeightFault> faults, string? weights = null)
    {
        var report = PartCheck.Run(name, part.In(_folder), layout, part.Sha256, hashed: true, weights, faults, _cancellationToken);
        _parts.Add(report);
        return report;
    }

    private IEnumerable<WeightFault> TemplateFaults()
    {
        var file = Path.Combine(_folder, ModelManifest.FileName);
        if (!PromptTemplate.Names.Contains(_manifest.Template))
            yield return new(file, null, $"template {string.Join(", ", PromptTemplate.Names)}", $"template '{_manifest.Template}'");
        if (_manifest.SystemText is { } text && PromptTemplate.FaultOf(text) is { } found) yield return new(file, null, $"systemText: {PromptTemplate.SystemTextNeeded}", $"systemText with {found}");
    }

    /// <summary>What each action refuses.</summary>
    internal static List<WeightFault> Gather(params ReadOnlySpan<Action> actions)
    {
        var faults = new List<WeightFault>();
        foreach (var action in actions)
        {
            try
            {
                action();
            }
            catch (WeightFileException refusal)
            {
                faults.Add(WeightFault.Refused(refusal));
            }
        }

        return faults;
    }
}

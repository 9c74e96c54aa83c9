using System.Text.Json;
using System.Text.Json.Serialization;
using HealthGpt.Model.Adapters;
using HealthGpt.Model.Decoder;
using HealthGpt.Model.Devices;
using HealthGpt.Model.Folders;
using HealthGpt.Model.HLora;
using HealthGpt.Model.ImageTokens;
using HealthGpt.Model.Plugins;
using HealthGpt.Model.Text;
using HealthGpt.Model.Vision;
using HealthGpt.Model.Vocabulary;
using HealthGpt.Model.Weights;
using static TorchSharp.torch;

namespace HealthGpt.Model;

/// <summary>A model folder's parts, loaded: the frozen base, tower and tokenizers, and the vocabulary weights. Plugins are loaded one by one.</summary>
public sealed class HealthGptModel : IDisposable
{
    internal static readonly JsonSerializerOptions CardJson = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    private readonly Device? _device;

    private HealthGptModel(string folder, ModelManifest manifest, ScalarType type, Device? device)
    {
        TorchRuntime.Prepare();
        Folder = folder;
        Manifest = manifest;
        Type = type;
        _device = device;
        var tower = Verified("visionTower", manifest.VisionTower);
        var images = Verified("imageTokenizer", manifest.ImageTokenizer);
        var language = Verified("base", manifest.Base);
        var text = Verified("tokenizer", manifest.Tokenizer);
        var fusion = manifest.Fusion is { } trained ? Verified("fusion", trained) : null;
        Preparation = ImagePreparation.Load(Path.Combine(tower, "preprocessor_config.json"));
        Tokenizer = TokenizerFolder.Open(text);
        Template = PromptTemplate.ByName(manifest.Template);

        // What cannot be used is refused before any weights are read.
        var vision = VisionConfig.Load(Path.Combine(tower, "config.json"));
        var drawing = ImageTokenizerConfig.Load(Path.Combine(images, "model.yaml"));
        var config = DecoderConfig.Load(Path.Combine(language, "config.json"));

        Tower = new VisionTower(vision, WeightSet.Load(tower, type, device));
        ImageTokenizer = new ImageTokenizer(drawing, WeightSet.Load(images, type, device));
        ImageVocabulary = new ImageVocabulary(Tokenizer.Count, ImageTokenizer.Codes);

        var weights = WeightSet.Load(language, type, device);
        Decoder = new TransformerDecoder(config, weights);
        // Some published files keep the rotary frequencies, which the configuration gives too.
        weights.RefuseUnused(
            $"a decoder of {config.Layers} layers", name => name.StartsWith("model.layers.", StringComparison.Ordinal) && !name.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal));
        Vocabulary = fusion is not null
            ? ReadFusion(fusion, config.Hidden)
            : VocabularyWeights.Extend(
                weights.Get("model.embed_tokens.weight", config.VocabularyRows, config.Hidden), weights.Get("lm_head.weight", config.VocabularyRows, config.Hidden), ImageVocabulary);
    }

    private VocabularyWeights ReadFusion(string path, int hidden)
    {
        var weights = WeightSet.Load(path, Type, _device);
        try
        {
            var vocabulary = VocabularyWeights.FromTensors(weights, ImageVocabulary.Size, hidden);
            weights.RefuseUnused("an embedding and a head");
            return vocabulary;
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <summary>The model's folder.</summary>
    public string Folder { get; }

    /// <summary>What the folder says of itself.</summary>
    public ModelManifest Manifest { get; }

    /// <summary>The element type of all floating-point weights.</summary>
    public ScalarType Type { get; }

    /// <summary>The frozen language model.</summary>
    public TransformerDecoder Decoder { get; }

    /// <summary>The frozen vision tower.</summary>
    public VisionTower Tower { get; }

    /// <summary>How the tower wants its images.</summary>
    public ImagePreparation Preparation { get; }

    /// <summary>The frozen image tokenizer.</summary>
    public ImageTokenizer ImageTokenizer { get; }

    /// <summary>The text tokenizer.</summary>
    public ITextTokenizer Tokenizer { get; }

    /// <summary>The prompt template.</summary>
    public PromptTemplate Template { get; }

    /// <summary>Embedding and head over the extended vocabulary.</summary>
    public VocabularyWeights Vocabulary { get; }

    /// <summary>Where the image tokens lie.</summary>
    public ImageVocabulary ImageVocabulary { get; }

    /// <summary>Loads a model folder whose parts are those that its manifest names by SHA-256.</summary>
    /// <param name="folder">A folder with healthgpt.json.</param>
    /// <param name="type">The element type that floating-point weights get.</param>
    /// <param name="device">Where they go; the CPU by default.</param>
    /// <exception cref="WeightFileException">A part is missing, wrong or not the one that the manifest names; the message names the file.</exception>
    public static HealthGptModel Load(string folder, ScalarType type, Device? device = null) => new(folder, ModelManifest.Load(folder), type, device);

    /// <summary>An empty set of plugins for this base; the caller owns it.</summary>
    public AttachedPlugins NewPluginSet() => new(Decoder, Tower.Config.Width, Manifest.Base.Sha256);

    /// <summary>Loads a task's plugin; the caller owns it.</summary>
    /// <param name="task">The task's name.</param>
    /// <param name="type">Its element type; the model's own by default.</param>
    /// <exception cref="WeightFileException">The model has no such plugin, or its files are wrong.</exception>
    public Plugin LoadPlugin(string task, ScalarType? type = null)
    {
        if (!Manifest.Plugins.TryGetValue(task, out var part))
            throw new WeightFileException(Path.Combine(Folder, ModelManifest.FileName), $"has no plugin '{task}'; it has {string.Join(", ", Manifest.Plugins.Keys.Order(StringComparer.Ordinal))}");

        var folder = Verified($"plugins.{task}", part);
        var card = ReadCard(Path.Combine(folder, "plugin.json"));
        if (card.BaseSha256 != Manifest.Base.Sha256)
            throw new WeightFileException(folder, $"was trained on a base with SHA-256 {card.BaseSha256}, but this model's base has {Manifest.Base.Sha256}");

        var weights = WeightSet.Load(Path.Combine(folder, "plugin.safetensors"), type ?? Type, _device);
        try
        {
            var hLora = HLoraWeights.FromTensors(weights, Decoder.Config, card.Alpha);
            var adapter = AdapterWeights.FromTensors(weights, Tower.Config.Width, Decoder.Config.Hidden);
            weights.RefuseUnused($"the H-LoRA of {Decoder.Config.Layers} layers and an adapter");
            return new Plugin(card.Task, card.Kind, card.Prompt, hLora, adapter) { BaseSha256 = card.BaseSha256 };
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    private static PluginCard ReadCard(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<PluginCard>(File.ReadAllBytes(path), CardJson) ?? throw new WeightFileException(path, "is empty");
        }
        catch (Exception error) when (error is IOException or JsonException)
        {
            throw new WeightFileException(path, $"is no plugin card: {error.Message}", error);
        }
    }

    // A part that was changed, or copied by half, would give wrong answers instead of an error.
    private string Verified(string name, ModelPart part)
    {
        var path = Path.GetFullPath(Path.Combine(Folder, part.Path));
        PartHash.Require(name, path, part.Sha256);
        return path;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Decoder.Dispose();
        Tower.Dispose();
        ImageTokenizer.Dispose();
        Vocabulary.Dispose();
    }
}

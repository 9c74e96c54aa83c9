using HealthGpt.Model.Adapters;
using HealthGpt.Model.Decoder;
using HealthGpt.Model.Devices;
using HealthGpt.Model.Folders;
using HealthGpt.Model.HLora;
using HealthGpt.Model.ImageTokens;
using HealthGpt.Model.Layouts;
using HealthGpt.Model.Plugins;
using HealthGpt.Model.Text;
using HealthGpt.Model.Verification;
using HealthGpt.Model.Vision;
using HealthGpt.Model.Vocabulary;
using HealthGpt.Model.Weights;
using static TorchSharp.torch;

namespace HealthGpt.Model;

/// <summary>A model folder's parts, loaded: the frozen base, tower and tokenizers, and the vocabulary weights. Plugins are loaded one by one.</summary>
public sealed class HealthGptModel : IDisposable
{
    private readonly Device? _device;
    private readonly List<IDisposable> _owned;
    private readonly ModelVocabularies _vocabularies;

    private HealthGptModel(string folder, ModelManifest manifest, ScalarType type, Device? device, List<IDisposable> owned, CancellationToken cancellationToken)
    {
        TorchRuntime.Prepare();
        Folder = folder;
        Manifest = manifest;
        Type = type;
        _device = device;
        _owned = owned;
        string tower = manifest.VisionTower.In(folder), images = manifest.ImageTokenizer.In(folder), language = manifest.Base.In(folder), text = manifest.Tokenizer.In(folder);

        // What cannot be used is refused before any weights are read.
        Template = manifest.TemplateOf(folder);
        Tokenizer = TokenizerFolder.Open(text, Template.Splitting);
        var vision = VisionConfig.Load(Path.Combine(tower, "config.json"));
        Preparation = ImagePreparation.Load(Path.Combine(tower, "preprocessor_config.json"), vision);
        var drawing = ImageTokenizerConfig.Load(Path.Combine(images, "model.yaml"));
        var config = DecoderConfig.Load(Path.Combine(language, "config.json"));
        Generation = GenerationConfig.Load(language);
        TokenizerFit.RequireTemplate(text, Tokenizer, Template);
        TokenizerFit.RequireRows(text, Tokenizer, config.VocabularyRows);

        ImageVocabulary = new ImageVocabulary(Tokenizer.Count, drawing.Codes);
        TensorHeaders.Require(language, DecoderLayout.Of(config));
        TensorHeaders.Require(tower, VisionTowerLayout.Of(vision));
        TensorHeaders.Require(images, ImageTokenizerLayout.Of(drawing));
        if (manifest.Fusion is not null) TensorHeaders.Require(manifest.Fusion.In(folder), VocabularyLayout.Of(ImageVocabulary.Size, config.Hidden));

        var eyes = WeightSet.Load(tower, type, device, name => name.StartsWith(VisionTowerLayout.Prefix, StringComparison.Ordinal), cancellationToken);
        Tower = Own(Made(eyes, weights => new VisionTower(vision, weights)));
        ImageTokenizer = Own(ImageTokens.ImageTokenizer.Load(images, drawing, type, device, cancellationToken));
        _vocabularies = Own(new ModelVocabularies(language, manifest.Fusion?.In(folder), config, ImageVocabulary, type, device));
        var blocks = WeightSet.Load(language, type, device, name => name is not (DecoderLayout.Embedding or DecoderLayout.Head), cancellationToken);
        Decoder = Own(Made(blocks, weights => new TransformerDecoder(config, weights)));
        // Every plugin goes with it.
        if (manifest.Fusion is null) _vocabularies.Of(VocabularySource.Base, cancellationToken);
    }

    private T Own<T>(T part)
        where T : IDisposable
    {
        _owned.Add(part);
        return part;
    }

    // What is made of weights owns them; where it cannot be made, nobody would.
    private static T Made<T>(WeightSet weights, Func<WeightSet, T> make)
    {
        try
        {
            return make(weights);
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

    /// <summary>Where its weights are.</summary>
    public Device Device => _device ?? CPU;

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

    /// <summary>What the base says of greedy answers.</summary>
    public GenerationConfig Generation { get; }

    /// <summary>The prompt template.</summary>
    public PromptTemplate Template { get; }

    /// <summary>
    /// Embedding and head over the extended vocabulary: the fusion weights where the model has them, else the base's own. What training starts from, and what a plugin goes with
    /// that names neither.
    /// </summary>
    public VocabularyWeights Vocabulary => VocabularyOf(StartVocabulary);

    private VocabularySource StartVocabulary => Manifest.Fusion is null ? VocabularySource.Base : VocabularySource.Fusion;

    /// <summary>Where the image tokens lie.</summary>
    public ImageVocabulary ImageVocabulary { get; }

    /// <summary>Loads a model folder whose parts are those that its manifest names by SHA-256.</summary>
    /// <param name="folder">A folder with healthgpt.json.</param>
    /// <param name="type">The element type that floating-point weights get.</param>
    /// <param name="device">Where they go; the CPU by default.</param>
    /// <param name="cancellationToken">Stops the loading between two tensors.</param>
    /// <exception cref="WeightFileException">A part is missing, wrong or not the one that the manifest names; the message names the file.</exception>
    public static HealthGptModel Load(string folder, ScalarType type, Device? device = null, CancellationToken cancellationToken = default) =>
        WeightFileException.OfModel(folder, () => LoadParts(folder, type, device, cancellationToken));

    private static HealthGptModel LoadParts(string folder, ScalarType type, Device? device, CancellationToken cancellationToken)
    {
        var manifest = ModelManifest.Load(folder);
        var owned = new List<IDisposable>();
        // Beside the loading: both read the same files, and a disk is slower than either.
        using var hashing = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var hashes = Task.Run(() => RequireParts(folder, manifest, hashing.Token), CancellationToken.None);
        try
        {
            var model = new HealthGptModel(folder, manifest, type, device, owned, cancellationToken);
            hashes.GetAwaiter().GetResult();
            return model;
        }
        catch (Exception error)
        {
            foreach (var part in owned) part.Dispose();
            // A part that was changed fails in many ways; that it was changed says more than any of them, but less than that a file is gone.
            if (error is WeightFileException { IsOfMissingFile: true })
            {
                hashing.Cancel();
                Task.WaitAny([hashes], CancellationToken.None);
            }
            else
            {
                hashes.GetAwaiter().GetResult();
            }

            throw;
        }
    }

    // A part that was changed, or copied by half, would give wrong answers instead of an error. The order is that of loading, so that each file comes from the disk once.
    private static void RequireParts(string folder, ModelManifest manifest, CancellationToken cancellationToken)
    {
        foreach (var (name, part) in manifest.FrozenParts()) PartHash.Require(name, part.In(folder), part.Sha256, cancellationToken);
    }

    private static void RequireFiles(string folder, params string[] names)
    {
        if (names.Select(name => Path.Combine(folder, name)).FirstOrDefault(file => !File.Exists(file)) is { } missing)
            throw new WeightFileException(missing, "does not exist; copy the model again, with the parts it refers to");
    }

    /// <summary>An embedding and head of the model; read when they are first asked for, and the model's.</summary>
    /// <param name="source">Which.</param>
    /// <param name="cancellationToken">Stops the reading between two tensors.</param>
    /// <exception cref="InvalidOperationException">Fusion weights are asked for, and the model has none.</exception>
    /// <exception cref="WeightFileException">They are missing or of another shape.</exception>
    public VocabularyWeights VocabularyOf(VocabularySource source, CancellationToken cancellationToken = default) => _vocabularies.Of(source, cancellationToken);

    /// <summary>Embedding and head that a plugin goes with, as <see cref="VocabularyOf(VocabularySource, CancellationToken)"/>.</summary>
    public VocabularyWeights VocabularyOf(Plugin plugin, CancellationToken cancellationToken = default) => VocabularyOf(plugin.Vocabulary ?? StartVocabulary, cancellationToken);

    /// <summary>An empty set of plugins for this base; the caller owns it.</summary>
    public AttachedPlugins NewPluginSet() => new(Decoder, Tower.Config.Width, Manifest.Base.Sha256);

    /// <summary>Loads a task's plugin; the caller owns it.</summary>
    /// <param name="task">The task's name.</param>
    /// <param name="type">Its element type; the model's own by default.</param>
    /// <param name="cancellationToken">Stops the loading between two tensors.</param>
    /// <exception cref="WeightFileException">The model has no such plugin, or its files are wrong.</exception>
    public Plugin LoadPlugin(string task, ScalarType? type = null, CancellationToken cancellationToken = default) => WeightFileException.OfModel(Folder, () =>
    {
        var part = Manifest.PluginOf(task, Folder);
        var folder = part.In(Folder);
        RequireFiles(folder, PluginCard.FileName, Plugin.WeightsFile);
        PartHash.Require($"plugins.{task}", folder, part.Sha256, cancellationToken);
        return LoadPluginFolder(folder, type, cancellationToken);
    });

    /// <summary>Loads a plugin from any folder; the caller owns it.</summary>
    /// <param name="folder">A folder with plugin.json and plugin.safetensors.</param>
    /// <param name="type">Its element type; the model's own by default.</param>
    /// <param name="cancellationToken">Stops the loading between two tensors.</param>
    /// <exception cref="WeightFileException">Its files are wrong, or it was made for another base or for fusion weights that the model does not have.</exception>
    public Plugin LoadPluginFolder(string folder, ScalarType? type = null, CancellationToken cancellationToken = default)
    {
        var card = PluginCard.Load(folder);
        card.RequireBase(folder, Manifest.Base.Sha256);
        card.RequireSizes(folder);
        var vocabulary = card.VocabularyIn(folder, Manifest.Fusion?.Sha256);
        var file = Path.Combine(folder, Plugin.WeightsFile);
        TensorHeaders.Require(file, PluginLayout.Of(Decoder.Config, Tower.Config.Width, card.Rank, card.Experts));
        return Made(WeightSet.Load(file, type ?? Type, _device, cancellationToken: cancellationToken), weights =>
        {
            var hLora = HLoraWeights.FromTensors(weights, Decoder.Config, card.Alpha);
            var adapter = AdapterWeights.FromTensors(weights, Tower.Config.Width, Decoder.Config.Hidden);
            return new Plugin(card.Task, card.Kind, card.Prompt, hLora, adapter) { BaseSha256 = card.BaseSha256, Vocabulary = vocabulary };
        });
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var part in _owned) part.Dispose();
    }
}

using HealthGpt.Model.Folders;
using HealthGpt.Model.HLora;
using HealthGpt.Model.Importing;
using HealthGpt.Model.Layouts;
using HealthGpt.Model.Plugins;
using HealthGpt.Model.Presets;
using HealthGpt.Model.Text;
using HealthGpt.Model.Vocabulary;
using HealthGpt.Model.Weights;
using static TorchSharp.torch;

namespace HealthGpt.Model.Synthesis;

/// <summary>A model folder of a preset's full size with random weights, to try memory, disks and loading with. It answers nonsense.</summary>
public sealed class SyntheticModel
{
    private static readonly string[] EndsOfText = ["<|endoftext|>"];

    private readonly PresetParts _preset;
    private readonly PublishedSizes _sizes;
    private readonly ScalarType _type;
    private readonly ulong _seed;

    /// <summary>Plans a model.</summary>
    /// <param name="preset">Whose sizes it has.</param>
    /// <param name="type">The element type of all weights: float32, float16 or bfloat16.</param>
    /// <param name="seed">The seed of all numbers.</param>
    public SyntheticModel(ModelPreset preset, ScalarType type, ulong seed)
        : this(PresetParts.Of(preset), PublishedSizes.Of(preset), type, seed)
    {
    }

    /// <summary>Plans a model of any sizes.</summary>
    /// <param name="preset">Template and plugins.</param>
    /// <param name="sizes">The sizes of its parts.</param>
    /// <param name="type">The element type of all weights: float32, float16 or bfloat16.</param>
    /// <param name="seed">The seed of all numbers.</param>
    public SyntheticModel(PresetParts preset, PublishedSizes sizes, ScalarType type, ulong seed)
    {
        (_preset, _sizes, _type, _seed) = (preset, sizes, type, seed);
        var images = new ImageVocabulary(_sizes.TextTokens, _sizes.Images.Codes);
        Decoder = DecoderLayout.Of(_sizes.Decoder);
        Vision = VisionTowerLayout.Of(_sizes.Vision);
        Images = ImageTokenizerLayout.Of(_sizes.Images);
        Fusion = _preset.GenerationHLora is null ? null : VocabularyLayout.Of(images.Size, _sizes.Decoder.Hidden);
        Plugins = [.. PluginsOf(_preset)];
    }

    private PartLayout Decoder { get; }

    private PartLayout Vision { get; }

    private PartLayout Images { get; }

    private PartLayout? Fusion { get; }

    private IReadOnlyList<(string Task, PluginKind Kind, HLoraSettings Size)> Plugins { get; }

    /// <summary>The bytes of all weights.</summary>
    public long Bytes => SafetensorsFormat.BytesOf(_type) *
        (Decoder.Elements + Vision.Elements + Images.Elements + (Fusion?.Elements ?? 0) + Plugins.Sum(plugin => LayoutOf(plugin.Size).Elements));

    /// <summary>Writes the folder, a block of one tensor after the other.</summary>
    /// <param name="target">A new folder; it appears whole or not at all.</param>
    /// <param name="progress">Told of each part before it is written.</param>
    /// <param name="cancellationToken">Stops between two blocks.</param>
    /// <exception cref="FolderNotEmptyException">The folder is not empty.</exception>
    /// <exception cref="DiskSpaceException">The disk has less room than the model needs.</exception>
    public void Write(string target, Action<string> progress, CancellationToken cancellationToken)
    {
        NewFolder.RequireEmpty(target);
        // The headers and small files, generously.
        DiskSpace.Require(target, Bytes + (4L << 20));
        NewFolder.Write(target, folder =>
        {
            WriteParts(folder, progress, cancellationToken);
            return true;
        });
    }

    private void WriteParts(string folder, Action<string> progress, CancellationToken cancellationToken)
    {
        SyntheticPart Part(string name)
        {
            progress(name);
            return new SyntheticPart(folder, name);
        }

        var language = Part("base").With("config.json", path => _sizes.Decoder.Save(path, _type)).WithWeights(Decoder, _type, _seed, cancellationToken).Finish();
        var tower = Part("vision_tower").With("config.json", _sizes.Vision.Save).With("preprocessor_config.json", ImagePreparation.Clip(_sizes.Vision.ImageSize).Save)
            .WithWeights(Vision, _type, _seed, cancellationToken).Finish();
        var images = Part("image_tokenizer").With("model.yaml", _sizes.Images.Save).WithWeights(Images, _type, _seed, cancellationToken).Finish();
        var tokenizer = Part("tokenizer").With("byte_tokenizer.json", Tokenizer().Save).Finish();
        var fusion = Fusion is null ? null : WriteFusion(folder, progress, cancellationToken);
        var plugins = new Dictionary<string, ModelPart>();
        foreach (var (task, kind, size) in Plugins)
        {
            // Tensors of two plugins have the same names, so a seed of its own makes each another one.
            var card = new PluginCard
            {
                Task = task,
                Kind = kind,
                Rank = size.Rank,
                Alpha = size.Alpha,
                Experts = size.Experts,
                Vocabulary = PublishedPlugin.VocabularyOf(kind),
                FusionSha256 = PublishedPlugin.VocabularyOf(kind) == VocabularySource.Fusion ? fusion?.Sha256 : null,
                BaseSha256 = language.Sha256,
            };
            plugins.Add(task, Part($"plugins/{task}").With(PluginCard.FileName, path => card.Save(Path.GetDirectoryName(path)!))
                .WithWeights(LayoutOf(size), _type, _seed + 1 + (ulong)plugins.Count, cancellationToken, "plugin").Finish());
        }

        new ModelManifest
        {
            Name = _preset.Name + "-synthetic",
            Base = language,
            VisionTower = tower,
            ImageTokenizer = images,
            Tokenizer = tokenizer,
            Template = _preset.Template.Name,
            Fusion = fusion,
            Plugins = plugins,
        }.Save(folder);
    }

    private ModelPart WriteFusion(string folder, Action<string> progress, CancellationToken cancellationToken)
    {
        const string File = "fusion.safetensors";
        progress("fusion");
        return new ModelPart(File, RandomWeightFile.Write(Path.Combine(folder, File), Fusion!.Tensors, _type, _seed, cancellationToken));
    }

    // The published tokenizers are not ours to make up: bytes, and unused ids up to their length.
    private ByteTokenizer Tokenizer() => new([.. EndsOfText.Concat(_preset.Template.SpecialTokens)], _sizes.TextTokens);

    private PartLayout LayoutOf(HLoraSettings size) => PluginLayout.Of(_sizes.Decoder, _sizes.Vision.Width, size.Rank, size.Experts);

    private static IEnumerable<(string Task, PluginKind Kind, HLoraSettings Size)> PluginsOf(PresetParts preset)
    {
        yield return ("vqa", PluginKind.Comprehension, preset.ComprehensionHLora);
        if (preset.GenerationHLora is { } size) yield return ("reconstruction", PluginKind.Generation, size);
    }
}

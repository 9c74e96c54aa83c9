using HealthGpt.Model;
using HealthGpt.Model.Adapters;
using HealthGpt.Model.Decoder;
using HealthGpt.Model.Folders;
using HealthGpt.Model.HLora;
using HealthGpt.Model.ImageTokens;
using HealthGpt.Model.Plugins;
using HealthGpt.Model.Text;
using HealthGpt.Model.Vision;
using HealthGpt.Model.Vocabulary;
using HealthGpt.Model.Weights;
using HealthGpt.Training.Tests;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Inference.Tests;

/// <summary>A model folder of the real architecture with random weights: 4 x 4 patches, images of 8 x 8 tokens and 16 x 16 pixels, two plugins that read and two that draw.</summary>
public sealed class TinyModel : IDisposable
{
    public const int Patches = 16;
    public const int ImageTokens = 64;
    public const int ImageSide = 16;
    public const int MaxPositions = 320;
    private const int Seed = 20260;

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("healthgpt-inference-");

    public TinyModel()
        : this(null)
    {
    }

    /// <param name="generationConfig">The base's generation_config.json; none where it is null.</param>
    internal TinyModel(string? generationConfig)
    {
        // Matrices this small gain nothing from a second thread, and on a busy machine its barriers cost seconds.
        torch.set_num_threads(1);
        WriteBase(generationConfig);
        using var model = HealthGptModel.Load(Path.Combine(_root.FullName, "base"), ScalarType.Float32);
        using var vocabulary = RandomVocabulary(model);
        Plugin[] plugins =
        [
            RandomPlugin(model, "vqa", PluginKind.Comprehension, null, 1),
            RandomPlugin(model, "report", PluginKind.Comprehension, "Describe this slice.", 2),
            RandomPlugin(model, "super-resolution", PluginKind.Generation, "Reconstruct the high-resolution image.", 3),
            RandomPlugin(model, "report-to-slice", PluginKind.Generation, null, 4),
        ];
        Folder = Path.Combine(_root.FullName, "trained");
        ModelFolderWriter.Write(Folder, model, vocabulary, plugins, "tiny", 1);
        foreach (var plugin in plugins)
            plugin.Dispose();
    }

    public string Folder { get; }

    public void Dispose() => _root.Delete(recursive: true);

    private void WriteBase(string? generationConfig)
    {
        var decoder = new DecoderConfig
        {
            Family = DecoderFamily.Phi3,
            Hidden = 32,
            Layers = 2,
            Heads = 4,
            KeyValueHeads = 2,
            FeedForward = 64,
            VocabularyRows = 261,
        };
        var tower = new VisionConfig { Width = 32, Layers = 3, Heads = 2, FeedForward = 64, ImageSize = 32, PatchSize = 8 };
        var images = new ImageTokenizerConfig
        {
            Channels = 32,
            Multipliers = [1, 1],
            ResidualBlocks = 1,
            AttentionSides = [],
            Resolution = ImageSide,
            LatentChannels = 8,
            EmbeddingWidth = 8,
            Codes = 48,
        };
        var folder = Path.Combine(_root.FullName, "base");
        WriteText(folder, "llm/config.json", $$"""
            {"model_type": "phi3", "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
             "intermediate_size": 64, "vocab_size": 261, "max_position_embeddings": {{MaxPositions}}, "sliding_window": 2047}
            """);
        if (generationConfig is not null) WriteText(folder, "llm/generation_config.json", generationConfig);
        WriteText(folder, "tower/config.json", """
            {"hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 64, "image_size": 32, "patch_size": 8}
            """);
        WriteText(folder, "tower/preprocessor_config.json", """
            {"crop_size": {"height": 32, "width": 32}, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.25, 0.25, 0.25]}
            """);
        Directory.CreateDirectory(Path.Combine(folder, "images"));
        images.Save(Path.Combine(folder, "images", "model.yaml"));
        Directory.CreateDirectory(Path.Combine(folder, "tokenizer"));
        new ByteTokenizer(["<|endoftext|>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>"])
            .Save(Path.Combine(folder, "tokenizer", "byte_tokenizer.json"));
        Write(folder, "llm", TinyWeights.Decoder(decoder, Seed));
        Write(folder, "tower", TinyWeights.Tower(tower, Seed + 1));
        Write(folder, "images", TinyWeights.ImageTokenizer(images, Seed + 2));
        ModelPart Part(string name) => new(name, PartHash.Of(Path.Combine(folder, name)));
        new ModelManifest
        {
            Name = "tiny",
            Base = Part("llm"),
            VisionTower = Part("tower"),
            ImageTokenizer = Part("images"),
            Tokenizer = Part("tokenizer"),
            Template = PromptTemplate.Phi3.Name,
        }.Save(folder);
    }

    private static VocabularyWeights RandomVocabulary(HealthGptModel model)
    {
        using var generator = new Generator(Seed + 3);
        long[] shape = [model.ImageVocabulary.Size, model.Decoder.Config.Hidden];
        return new VocabularyWeights(randn(shape, generator: generator), randn(shape, generator: generator));
    }

    // B starts at zero, which would make all plugins the same.
    private static Plugin RandomPlugin(HealthGptModel model, string task, PluginKind kind, string? prompt, int seed)
    {
        using var generator = new Generator((ulong)(Seed + seed));
        var hlora = HLoraWeights.Create(model.Decoder.Config, rank: 8, alpha: 16, experts: 4, (ulong)seed);
        foreach (var (name, tensor) in hlora.NamedTensors().Where(item => item.Key.Contains("lora_B", StringComparison.Ordinal)))
        {
            using var random = randn(tensor.shape, generator: generator);
            tensor.copy_(random * 0.2);
        }
        return new Plugin(task, kind, prompt, hlora, AdapterWeights.Create(model.Tower.Config.Width, model.Decoder.Config.Hidden, (ulong)seed));
    }

    private static void Write(string folder, string part, TinyWeights weights)
    {
        using (weights)
        using (var stream = File.Create(Path.Combine(folder, part, "model.safetensors")))
            SafetensorsWriter.Write(stream, weights.Tensors);
    }

    private static void WriteText(string folder, string name, string text)
    {
        var path = Path.Combine(folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}

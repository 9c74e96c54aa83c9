using HealthGpt.Model.Decoder;
using HealthGpt.Model.Folders;
using HealthGpt.Model.ImageTokens;
using HealthGpt.Model.Text;
using HealthGpt.Model.Vision;
using HealthGpt.Model.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Training.Tests;

/// <summary>A model folder of the real architecture with random weights: 16 patches and 16 image tokens an image.</summary>
internal static class TinyModel
{
    private const int Seed = 20261;

    public static void Write(string folder, int seed = Seed)
    {
        var decoder = new DecoderConfig { Family = DecoderFamily.Phi3, Hidden = 32, Layers = 2, Heads = 4, KeyValueHeads = 2, FeedForward = 64, VocabularyRows = 270 };
        var tower = new VisionConfig { Width = 32, Layers = 3, Heads = 2, FeedForward = 64, ImageSize = 32, PatchSize = 8 };
        var images = new ImageTokenizerConfig
        {
            Channels = 32,
            Multipliers = [1, 1, 1],
            ResidualBlocks = 1,
            AttentionSides = [],
            Resolution = 16,
            LatentChannels = 8,
            EmbeddingWidth = 8,
            Codes = 24,
        };
        WriteText(folder, "llm/config.json", """
            {"model_type": "phi3", "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
             "intermediate_size": 64, "vocab_size": 270, "max_position_embeddings": 320, "sliding_window": 2047}
            """);
        WriteText(folder, "tower/config.json", """
            {"hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 64, "image_size": 32, "patch_size": 8}
            """);
        WriteText(folder, "tower/preprocessor_config.json", """
            {"crop_size": {"height": 32, "width": 32}, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.25, 0.25, 0.25]}
            """);
        Directory.CreateDirectory(Path.Combine(folder, "images"));
        images.Save(Path.Combine(folder, "images", "model.yaml"));
        Directory.CreateDirectory(Path.Combine(folder, "tokenizer"));
        new ByteTokenizer(["<|endoftext|>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>"]).Save(Path.Combine(folder, "tokenizer", "byte_tokenizer.json"));
        Write(folder, "llm", TinyWeights.Decoder(decoder, seed));
        Write(folder, "tower", TinyWeights.Tower(tower, seed + 1));
        Write(folder, "images", TinyWeights.ImageTokenizer(images, seed + 2));
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

using HealthGpt.Model.Folders;
using HealthGpt.Model.Tests;
using HealthGpt.Model.Tests.Decoder;
using HealthGpt.Model.Text;

namespace HealthGpt.Training.Tests.Replicas;

/// <summary>A model folder around one of the reference's decoders, with its vision tower and image tokenizer; its text is bytes, as many as the reference's tokenizer has tokens.</summary>
internal static class ReferenceModel
{
    public static void Write(string folder, string family, DecoderCase test)
    {
        Copy(Path.Combine(Reference.Folder, family, "base"), Path.Combine(folder, "llm"));
        Copy(Path.Combine(Reference.Folder, "clip"), Path.Combine(folder, "tower"), "expected.safetensors");
        Copy(Path.Combine(Reference.Folder, "vq"), Path.Combine(folder, "images"), "expected.safetensors");
        Directory.CreateDirectory(Path.Combine(folder, "tokenizer"));
        new ByteTokenizer(["<|endoftext|>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>"], test.Images.TextTokens).Save(Path.Combine(folder, "tokenizer", "byte_tokenizer.json"));
        ModelPart Part(string name) => new(name, PartHash.Of(Path.Combine(folder, name)));
        new ModelManifest
        {
            Name = family,
            Base = Part("llm"),
            VisionTower = Part("tower"),
            ImageTokenizer = Part("images"),
            Tokenizer = Part("tokenizer"),
            Template = PromptTemplate.Phi3.Name,
        }.Save(folder);
    }

    private static void Copy(string from, string to, string? without = null)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from).Where(file => Path.GetFileName(file) != without)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }
}

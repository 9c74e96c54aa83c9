using HealthGpt.Model;
using HealthGpt.Model.Vocabulary;
using HealthGpt.Model.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Training.State;

/// <summary>Embedding and head of a model in float32, whatever type the model itself was loaded in: training must not start from rounded rows.</summary>
internal static class BaseVocabulary
{
    public static VocabularyWeights Load(HealthGptModel model)
    {
        if (model.Type == ScalarType.Float32) return model.Vocabulary.Clone();
        if (model.Manifest.Fusion is { } fusion)
        {
            var weights = WeightSet.Load(fusion.In(model.Folder), ScalarType.Float32);
            return VocabularyWeights.FromTensors(weights, model.ImageVocabulary.Size, model.Decoder.Config.Hidden);
        }

        var folder = model.Manifest.Base.In(model.Folder);
        using var embedding = Read(folder, "model.embed_tokens.weight");
        using var head = Read(folder, "lm_head.weight");
        return VocabularyWeights.Extend(embedding, head, model.ImageVocabulary);
    }

    private static Tensor Read(string folder, string name)
    {
        foreach (var shard in WeightFolder.ShardsOf(folder))
        {
            using var file = shard.Open();
            if (!file.Entries.ContainsKey(name)) continue;
            var tensor = file.Read(name);
            if (tensor.dtype == ScalarType.Float32) return tensor;
            using (tensor) return tensor.to(ScalarType.Float32);
        }

        throw new WeightFileException(folder, $"has no tensor '{name}' in any of its weight files");
    }
}

using HealthGpt.Model.Devices;
using HealthGpt.Model.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Vocabulary;

// Shapes: V vocabulary, H hidden.

/// <summary>Input embedding and output head; the released "fusion layer weights" are the trained pair over the extended vocabulary.</summary>
public sealed class VocabularyWeights : IDisposable
{
    internal const string EmbeddingKey = "base_model.model.model.embed_tokens.weight";
    internal const string HeadKey = "base_model.model.lm_head.weight";

    /// <summary>Takes ownership of a pair.</summary>
    /// <param name="embedding"><c>(V, H)</c>.</param>
    /// <param name="head"><c>(V, H)</c>.</param>
    public VocabularyWeights(Tensor embedding, Tensor head)
    {
        Embedding = embedding;
        Head = head;
        embedding.DetachFromDisposeScope();
        head.DetachFromDisposeScope();
    }

    /// <summary>Input embedding, <c>(V, H)</c>.</summary>
    public Tensor Embedding { get; }

    /// <summary>Output head, <c>(V, H)</c>.</summary>
    public Tensor Head { get; }

    /// <summary>Extends a base's pair by the image tokens: cut to the tokenizer's length, then new rows that are the mean of all rows before them.</summary>
    /// <param name="baseEmbedding">The base's embedding, at least as many rows as the tokenizer has tokens or fewer; <c>(rows, H)</c>.</param>
    /// <param name="baseHead">The base's head, <c>(rows, H)</c>.</param>
    /// <param name="vocabulary">The extended vocabulary.</param>
    public static VocabularyWeights Extend(Tensor baseEmbedding, Tensor baseHead, ImageVocabulary vocabulary) =>
        new(Extend(baseEmbedding, vocabulary), Extend(baseHead, vocabulary));

    /// <summary>Extends an embedding or a head, <c>(rows, H)</c>; the result, <c>(V, H)</c>, is the caller's.</summary>
    internal static Tensor Extend(Tensor rows, ImageVocabulary vocabulary)
    {
        var kept = Math.Min(rows.shape[0], vocabulary.TextTokens);
        using var text = rows.narrow(0, 0, kept);
        using var mean = MeanRow(text);
        using var fresh = mean.expand(vocabulary.Size - kept, -1).to(rows.dtype);
        return cat([text, fresh], 0);
    }

    // Its float32 copy is twice the size of the rows themselves and must be gone before they are extended.
    private static Tensor MeanRow(Tensor rows)
    {
        using var wide = rows.to(ScalarType.Float32);
        return wide.mean([0], keepdim: true);
    }

    /// <summary>Takes a pair by its released key names; the result shares the tensors and disposes them.</summary>
    /// <exception cref="WeightFileException">A tensor is missing or its shape does not fit.</exception>
    public static VocabularyWeights FromTensors(WeightSet weights, int size, int hidden) =>
        new(weights.Get(EmbeddingKey, size, hidden), weights.Get(HeadKey, size, hidden));

    /// <summary>Both tensors by their released key names.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> NamedTensors() => [new(EmbeddingKey, Embedding), new(HeadKey, Head)];

    /// <summary>The same weights in another element type; gradients flow back to these. The caller disposes the result.</summary>
    public VocabularyWeights Cast(ScalarType type) => new(Embedding.As(type), Head.As(type));

    /// <summary>An independent copy without gradients.</summary>
    public VocabularyWeights Clone()
    {
        using var embedding = Embedding.detach();
        using var head = Head.detach();
        return new VocabularyWeights(embedding.clone(), head.clone());
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Embedding.Dispose();
        Head.Dispose();
    }
}

using HealthGpt.Model.Vocabulary;

namespace HealthGpt.Model.Layouts;

/// <summary>The tensors of fusion weights: embedding and head over the extended vocabulary.</summary>
internal static class VocabularyLayout
{
    /// <summary>The tensors of a vocabulary.</summary>
    /// <param name="size">Rows: text and image tokens.</param>
    /// <param name="hidden">Width of the decoder.</param>
    public static PartLayout Of(int size, int hidden) => new(
        $"an embedding and a head of {size} rows", [new(VocabularyWeights.EmbeddingKey, size, hidden), new(VocabularyWeights.HeadKey, size, hidden)], _ => false);
}

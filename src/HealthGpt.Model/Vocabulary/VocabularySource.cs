namespace HealthGpt.Model.Vocabulary;

/// <summary>Which embedding and head of a model folder a plugin goes with.</summary>
public enum VocabularySource
{
    /// <summary>The base's own rows, extended by mean rows for the image tokens.</summary>
    Base,

    /// <summary>The fusion weights: rows that were trained, the image tokens' among them.</summary>
    Fusion,
}

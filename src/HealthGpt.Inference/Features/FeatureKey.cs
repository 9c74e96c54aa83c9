using HealthGpt.Data.Samples;

namespace HealthGpt.Inference.Features;

/// <summary>What image features are found by.</summary>
/// <param name="Hash">The image's content hash.</param>
/// <param name="Kind">Which layer: abstract-grained features for comprehension, concrete-grained for generation.</param>
internal readonly record struct FeatureKey(string Hash, TaskKind Kind);

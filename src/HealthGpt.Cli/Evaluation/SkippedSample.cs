namespace HealthGpt.Cli.Evaluation;

/// <summary>A sample that cannot be asked.</summary>
/// <param name="Number">Its number among the samples of its task and split, from 1.</param>
/// <param name="Sha256">Hash of its content; null where a part of it cannot be read.</param>
internal sealed record SkippedSample(int Number, string? Sha256);

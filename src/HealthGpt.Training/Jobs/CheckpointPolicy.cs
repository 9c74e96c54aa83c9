namespace HealthGpt.Training.Jobs;

/// <summary>Where and how often checkpoints are written.</summary>
/// <param name="Folder">Absolute folder.</param>
/// <param name="EverySteps">Steps between two checkpoints; the end of a phase always writes one.</param>
/// <param name="Keep">How many are kept.</param>
public sealed record CheckpointPolicy(string Folder, int EverySteps, int Keep);

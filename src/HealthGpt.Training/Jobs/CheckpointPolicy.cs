using HealthGpt.Storage.Locations;

namespace HealthGpt.Training.Jobs;

/// <summary>Where and how often checkpoints are written.</summary>
/// <param name="To">The folder or the place in Azure Blob Storage.</param>
/// <param name="EverySteps">Steps between two checkpoints; the end of a phase always writes one.</param>
/// <param name="Keep">How many of the newest are kept.</param>
/// <param name="KeepEvery">Every so-manieth is kept for ever: the first at or after each multiple of so many times <paramref name="EverySteps"/> steps; null for none.</param>
public sealed record CheckpointPolicy(ArtifactAddress To, int EverySteps, int Keep, int? KeepEvery = null);

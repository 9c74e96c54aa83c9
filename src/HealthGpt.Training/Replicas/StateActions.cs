using HealthGpt.Training.Jobs;
using HealthGpt.Training.Phases;

namespace HealthGpt.Training.Replicas;

/// <summary>What only the replica can do to its state.</summary>
/// <param name="Restore">Loads the last checkpoint where there is one.</param>
/// <param name="Reset">Goes back to before the first step.</param>
/// <param name="ApplyPending">Applies the step that could not be applied.</param>
/// <param name="WeightsOf">The weights that a phase trains, flat; the caller's.</param>
internal sealed record StateActions(Action Restore, Action Reset, Action ApplyPending, Func<JobPhase, TrainedWeights> WeightsOf);

using HealthGpt.Training.Phases;
using HealthGpt.Training.Replicas;
using static TorchSharp.torch;

namespace HealthGpt.Training.State;

/// <summary>
/// A step whose reduced gradient is complete here, but whose group ended before it could be applied. Others may have applied it, and may be gone with the parts of the optimizer's state that only
/// this rank can then bring forward.
/// </summary>
/// <param name="Step">The step's number, from 1.</param>
/// <param name="Reduced">The reduced gradient with what travels with it.</param>
/// <param name="Record">Makes the step's record.</param>
internal sealed record PendingStep(long Step, Tensor Reduced, Func<StepUpdate, StepRecord> Record) : IDisposable
{
    public void Dispose() => Reduced.Dispose();
}

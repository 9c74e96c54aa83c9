namespace HealthGpt.Training.Phases;

/// <summary>What the optimizer made of a reduced gradient.</summary>
/// <param name="Loss">Mean loss of the global batch.</param>
/// <param name="GradientNorm">Norm before clipping.</param>
/// <param name="LearningRate">The largest learning rate.</param>
/// <param name="CheckpointFollows">Whether rank 0 wants to write a checkpoint after this step, which all ranks come to know with its gradient.</param>
internal readonly record struct StepUpdate(float Loss, double GradientNorm, double LearningRate, bool CheckpointFollows)
{
    /// <summary>Whether both numbers are numbers; nothing was applied otherwise.</summary>
    public bool IsFinite => float.IsFinite(Loss) && double.IsFinite(GradientNorm);
}

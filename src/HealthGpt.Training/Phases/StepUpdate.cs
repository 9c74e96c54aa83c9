namespace HealthGpt.Training.Phases;

/// <summary>What the optimizer made of a reduced gradient.</summary>
/// <param name="Loss">Mean loss of the global batch.</param>
/// <param name="GradientNorm">Norm before clipping.</param>
/// <param name="LearningRate">The largest learning rate.</param>
internal readonly record struct StepUpdate(float Loss, double GradientNorm, double LearningRate)
{
    /// <summary>Whether both numbers are numbers; nothing was applied otherwise.</summary>
    public bool IsFinite => float.IsFinite(Loss) && double.IsFinite(GradientNorm);
}

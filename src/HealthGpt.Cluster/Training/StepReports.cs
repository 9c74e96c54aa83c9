using HealthGpt.Cluster.Abstractions.Training;
using HealthGpt.Training.Replicas;

namespace HealthGpt.Cluster.Training;

/// <summary>Steps in the words of the cluster's messages.</summary>
public static class StepReports
{
    /// <summary>What others are told of a step.</summary>
    public static StepReport ToReport(this StepRecord step) => new()
    {
        Step = step.Step,
        Stage = step.Stage,
        Phase = step.Name,
        PhaseStep = step.PhaseStep,
        Loss = step.Loss,
        GradientNorm = step.GradientNorm,
        LearningRate = step.LearningRate,
        Tokens = step.Tokens,
        Seconds = step.Seconds,
        DataSeconds = step.DataSeconds,
        Skipped = step.Skipped,
        SkippedSamples = step.SkippedSamples.Take(LeftOutSamples.MaxShown).ToArray(),
    };
}

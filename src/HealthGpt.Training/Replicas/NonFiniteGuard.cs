using System.Globalization;
using HealthGpt.Training.Jobs;
using HealthGpt.Training.Phases;
using HealthGpt.Training.Samples;
using HealthGpt.Training.State;
using Microsoft.Extensions.Logging;

namespace HealthGpt.Training.Replicas;

/// <summary>Decides about a step whose loss or gradient is infinite or not a number. All ranks have the same sums, so all of them decide the same.</summary>
internal sealed class NonFiniteGuard(TrainingJob job, TrainingState state, ILogger logger)
{
    // So many steps that cannot be applied, one after the other, are no accident.
    private const int MostSkipped = 10;

    private long _rolledBackAt;

    /// <summary>What was in the batch of a step that was not applied, where the job goes on after it.</summary>
    /// <param name="phase">The phase.</param>
    /// <param name="done">Its steps before this one.</param>
    /// <param name="update">What the optimizer met.</param>
    /// <param name="batch">The samples.</param>
    /// <exception cref="JobFailureException">The job cannot go on.</exception>
    /// <exception cref="NonFiniteStepException">The job goes on from the last checkpoint.</exception>
    public IReadOnlyList<string> Skip(JobPhase phase, int done, StepUpdate update, SampleReference[] batch)
    {
        string[] names = [.. batch.Select(sample => sample.Name.ToString())];
        var problem = string.Create(
            CultureInfo.InvariantCulture,
            $"{phase.Id} step {done + 1}: the loss is {update.Loss} and the gradient's norm is {update.GradientNorm}, so nothing of it was applied. In its batch: {string.Join(", ", names)}.");
        if (job.OnNonFinite == NonFinitePolicy.RollBack) throw new NonFiniteStepException(state.CommittedSteps + 1, problem);
        if (job.OnNonFinite == NonFinitePolicy.Stop)
            throw new JobFailureException(
                $"{problem} The last checkpoint is kept. Look at these samples, check the model with `healthgpt weights verify`, lower the learning rate or train in float32; "
                + "or set onNonFinite to skip or roll-back. With another rate or precision it is another job: give it another checkpoints.to, and this one's last checkpoint as start.");
        if (state.History.TakeLast(MostSkipped).Count(step => step.Skipped) == MostSkipped)
            throw new JobFailureException($"{problem} The {MostSkipped} steps before it were no better, so it is not the samples: lower the learning rate, or train in float32.");
        logger.LogWarning("{Problem} The step is skipped.", problem);
        return names;
    }

    /// <summary>Allows the way back to the last checkpoint, once for a step.</summary>
    /// <exception cref="JobFailureException">It was no better the first time.</exception>
    public void RequireFirst(NonFiniteStepException step)
    {
        if (_rolledBackAt == step.Step) throw new JobFailureException($"{step.Message} It is no better after going back to the last checkpoint.");
        _rolledBackAt = step.Step;
        logger.LogWarning("{Problem} All workers go back to the last checkpoint.", step.Message);
    }
}

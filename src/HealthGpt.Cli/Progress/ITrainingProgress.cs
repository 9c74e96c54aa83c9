using HealthGpt.Cluster.Abstractions.Training;
using HealthGpt.Training.Jobs;

namespace HealthGpt.Cli.Progress;

/// <summary>Shows the training while it happens.</summary>
internal interface ITrainingProgress
{
    /// <summary>Shows the job's phases while <paramref name="work"/> runs.</summary>
    Task TrainAsync(IReadOnlyList<JobPhase> phases, Func<Task> work);

    /// <summary>Something happened to the job or what it runs on.</summary>
    void Event(string line);

    /// <summary>A step was committed.</summary>
    void Step(StepReport step);
}

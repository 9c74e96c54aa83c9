using HealthGpt.Cluster.Abstractions.Training;
using HealthGpt.Training.Jobs;

namespace HealthGpt.Cli.Demo.Progress;

/// <summary>Shows the training of the demo while it happens.</summary>
internal interface IDemoProgress
{
    /// <summary>Shows the job's phases while <paramref name="work"/> runs.</summary>
    Task TrainAsync(IReadOnlyList<JobPhase> phases, Func<Task> work);

    /// <summary>Something happened to the job or the cluster.</summary>
    void Event(string line);

    /// <summary>A step was committed.</summary>
    void Step(StepReport step);
}

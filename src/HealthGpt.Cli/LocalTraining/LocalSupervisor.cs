using HealthGpt.Training.Replicas;

namespace HealthGpt.Cli.LocalTraining;

/// <summary>
/// The rules of a run on one machine, where every generation is made of all its workers: one that is lost is started again, unless that has been of no use several times. It decides and does
/// nothing.
/// </summary>
internal static class LocalSupervisor
{
    /// <summary>After so many losses without a committed step in between the job fails, because one more start would not help.</summary>
    public const int MostSetbacks = 4;

    /// <summary>How long a worker may take to leave a broken generation, which its peers' silence tells it within seconds.</summary>
    public static readonly TimeSpan LeaveDeadline = TimeSpan.FromSeconds(20);

    /// <param name="workers">All of them.</param>
    /// <param name="group">Names of the present generation's members; empty where there is none.</param>
    /// <param name="generation">The highest generation formed.</param>
    /// <param name="setbacks">Losses since the last committed step.</param>
    /// <param name="sinceBroken">How long there has been no group.</param>
    public static Decision Decide(IReadOnlyList<WorkerView> workers, IReadOnlyList<string> group, long generation, int setbacks, TimeSpan sinceBroken)
    {
        if (workers.FirstOrDefault(worker => worker.Progress is { State: WorkerState.Failed, FailsJob: true }) is { } hopeless) return new Decision.Fail(hopeless, hopeless.WhyLost!);
        if (IsComplete(workers, group, generation) is { } done) return new Decision.Complete(done);

        return Loss(workers, group, generation, sinceBroken) switch
        {
            { } loss when setbacks >= MostSetbacks => new Decision.Fail(
                loss.Worker, $"{loss.Reason}; workers were lost {setbacks + 1} times without a step in between, so another start would not help"),
            { IsReplaced: true } loss => new Decision.Replace(loss.Worker, loss.Reason),
            { } loss => new Decision.Break(loss.Worker, loss.Reason),
            null when group.Count == 0 && workers.All(worker => worker.CanJoin) => new Decision.Form([.. workers.OrderByDescending(worker => worker.Progress!.CommittedSteps)]),
            null => new Decision.Wait(),
        };
    }

    // Who is complete has passed the last barrier, so every rank had come that far, and the model is written.
    private static WorkerView? IsComplete(IReadOnlyList<WorkerView> workers, IReadOnlyList<string> group, long generation)
    {
        var members = workers.Where(worker => group.Contains(worker.Name)).ToList();
        return members.All(member => member.WhyLost is not null || member.Is(WorkerState.Completed, generation)) ? members.Find(member => member.Is(WorkerState.Completed, generation)) : null;
    }

    private static (WorkerView Worker, string Reason, bool IsReplaced)? Loss(IReadOnlyList<WorkerView> workers, IReadOnlyList<string> group, long generation, TimeSpan sinceBroken)
    {
        if (workers.FirstOrDefault(worker => worker.WhyLost is not null) is { } lost) return (lost, lost.WhyLost!, true);
        if (workers.FirstOrDefault(worker => group.Contains(worker.Name) && worker.Is(WorkerState.Aborted, generation)) is { } aborted)
            return (aborted, aborted.Progress!.Error ?? "its group broke", false);
        if (group.Count == 0 && generation > 0 && sinceBroken > LeaveDeadline && workers.FirstOrDefault(worker => worker.Progress is { State: WorkerState.Running }) is { } stuck)
            return (stuck, $"it did not leave generation {generation} within {LeaveDeadline.TotalSeconds:0} s", true);
        return null;
    }
}

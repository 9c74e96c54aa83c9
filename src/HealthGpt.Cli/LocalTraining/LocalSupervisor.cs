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

    /// <summary>How long a broken generation is left to itself: why it broke, most often a process that is gone, may be heard a moment after that it did.</summary>
    public static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a worker may go on in a broken generation, of whose end it hears within seconds, before it is called out of it.</summary>
    public static readonly TimeSpan LeavePatience = TimeSpan.FromSeconds(5);

    /// <summary>How long a worker may take to give a sign of life after a generation has broken; it does so without waiting for its device. Less than <see cref="LeavePatience"/>.</summary>
    public static readonly TimeSpan SilencePatience = TimeSpan.FromSeconds(3);

    /// <summary>How long a worker may take to say that it was told of its place in a generation; it says so without waiting for its device.</summary>
    public static readonly TimeSpan JoinDeadline = TimeSpan.FromSeconds(20);

    public static Decision Decide(RunState run)
    {
        if (run.Workers.FirstOrDefault(worker => IsHopeless(worker, run)) is { } hopeless) return new Decision.Fail(hopeless, hopeless.WhyLost!);
        if (Finisher(run) is { } finisher) return new Decision.Complete(finisher);

        return Loss(run) switch
        {
            { } loss when run.Setbacks >= MostSetbacks => new Decision.Fail(
                loss.Worker, $"{loss.Reason.TrimEnd('.')}; workers were lost {run.Setbacks + 1} times without a step in between, so another start would not help"),
            { IsReplaced: true } loss => new Decision.Replace(loss.Worker, loss.Reason),
            { } loss => new Decision.Break(loss.Worker, loss.Reason),
            null when run.Group.Count == 0 && run.Workers.All(worker => MayJoin(worker, run)) => new Decision.Form([.. run.Workers.OrderByDescending(worker => worker.Progress!.CommittedSteps)]),
            null => new Decision.Wait(),
        };
    }

    // All workers are on one machine: what one of them meets before the first step, or when it writes the model after the last, the next would meet again.
    private static bool IsHopeless(WorkerView worker, RunState run) => worker.IsMisconfigured || (worker.Progress is { State: WorkerState.Failed } failed && (failed.FailsJob || !run.IsTraining));

    // Who is complete has passed the last barrier, so every rank had come that far, and the model is written.
    private static WorkerView? Finisher(RunState run) =>
        run.Members.All(member => member.WhyLost is not null || member.Is(WorkerState.Completed, run.Generation))
            ? run.Members.FirstOrDefault(member => member.Is(WorkerState.Completed, run.Generation))
            : null;

    private static (WorkerView Worker, string Reason, bool IsReplaced)? Loss(RunState run)
    {
        if (run.Workers.FirstOrDefault(worker => worker.WhyLost is not null) is { } lost) return (lost, lost.WhyLost!, true);
        if (run.Members.FirstOrDefault(member => member.Is(WorkerState.Aborted, run.Generation)) is { } aborted) return (aborted, aborted.Progress!.Error ?? "its group broke", false);
        if (run.Group.Count == 0 && run.Since > SilencePatience && run.Workers.FirstOrDefault(worker => worker.IsSilent) is { } frozen)
            return (frozen, $"it gave no sign of life for {SilencePatience.TotalSeconds:0} s after its generation had broken", true);
        return run.Since > JoinDeadline && run.Members.FirstOrDefault(member => member.Answered < run.Generation) is { } silent
            ? (silent, $"it did not answer within {JoinDeadline.TotalSeconds:0} s when it was told of generation {run.Generation}", true)
            : null;
    }

    private static bool MayJoin(WorkerView worker, RunState run) => run.Generation == 0 ? worker.IsFree
        : !worker.IsSilent && run.Since >= Settling && (worker.IsFree || (worker.Progress is { State: WorkerState.Running } && run.Since >= LeavePatience));
}

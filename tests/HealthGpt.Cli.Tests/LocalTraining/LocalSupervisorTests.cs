using HealthGpt.Cli.LocalTraining;
using HealthGpt.Training.Replicas;

namespace HealthGpt.Cli.Tests.LocalTraining;

public sealed class LocalSupervisorTests
{
    private static readonly string[] Both = ["a", "b"];

    [Fact]
    public void Group_FormsOfAllWorkersOnceAllCanJoin_TheFurthestFirst()
    {
        Assert.IsType<Decision.Wait>(Decide([Worker("a", WorkerState.Ready), Worker("b", WorkerState.Preparing)], []));
        var form = Assert.IsType<Decision.Form>(Decide([Worker("a", WorkerState.Ready), Worker("b", WorkerState.Aborted, generation: 1, steps: 5)], [], generation: 1, LocalSupervisor.Settling));

        Assert.Equal(["b", "a"], form.Members.Select(member => member.Name));
    }

    [Fact]
    public void LostWorker_IsReplaced_UntilThatHasBeenOfNoUse()
    {
        WorkerView[] workers = [Worker("a", WorkerState.Running, 1), Worker("b", WorkerState.Running, 1) with { HowItEnded = "its process was ended by signal 9" }];

        var replace = Assert.IsType<Decision.Replace>(Decide(workers, Both, 1));
        var fail = Assert.IsType<Decision.Fail>(Decide(workers, Both, 1, setbacks: LocalSupervisor.MostSetbacks));

        Assert.Equal("b", replace.Worker.Name);
        Assert.StartsWith("its process was ended by signal 9; workers were lost 5 times without a step in between", fail.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void WorkerThatFailed_FailsTheJob_WhereTheNextWouldFailToo_AndIsReplacedOtherwise()
    {
        WorkerView[] workers = [Worker("a", WorkerState.Running, 1), Failed("b", failsJob: false)];

        Assert.IsType<Decision.Fail>(Decide([Worker("a", WorkerState.Running, 1), Failed("b", failsJob: true)], Both, 1));
        Assert.Equal("no memory", Assert.IsType<Decision.Replace>(Decide(workers, Both, 1)).Reason);
        Assert.Equal("no memory", Assert.IsType<Decision.Fail>(LocalSupervisor.Decide(new RunState { Workers = workers, Group = Both, Generation = 1 })).Reason);
    }

    [Fact]
    public void WorkerThatEndsOfAWrongFile_FailsTheJob_WhateverElseIsLost()
    {
        WorkerView[] workers =
        [
            Worker("a", WorkerState.Running, 1) with { HowItEnded = "its process was ended by signal 9", ExitCode = 137 },
            Worker("b", WorkerState.Preparing) with { HowItEnded = "its process ended with exit code 78", ExitCode = ExitCodes.WrongFile },
        ];

        var fail = Assert.IsType<Decision.Fail>(Decide(workers, Both, 1));

        Assert.Equal(("b", "its process ended with exit code 78"), (fail.Worker.Name, fail.Reason));
    }

    [Fact]
    public void AbortedMember_BreaksItsGenerationOnly()
    {
        Assert.IsType<Decision.Break>(Decide([Worker("a", WorkerState.Running, 2), Worker("b", WorkerState.Aborted, 2)], Both, 2));
        Assert.IsType<Decision.Wait>(Decide([Worker("a", WorkerState.Running, 2), Worker("b", WorkerState.Aborted, 1)], Both, 2));
    }

    [Fact]
    public void WorkerThatDoesNotLeaveABrokenGeneration_IsCalledOutOfIt_AndReplacedIfItDoesNotAnswer()
    {
        WorkerView[] workers = [Worker("a", WorkerState.Running, 1), Worker("b", WorkerState.Aborted, 1)];

        Assert.IsType<Decision.Wait>(Decide(workers, [], 1, LocalSupervisor.Settling));
        Assert.IsType<Decision.Form>(Decide(workers, [], 1, LocalSupervisor.LeavePatience));

        workers[1] = workers[1] with { Answered = 2 };
        Assert.IsType<Decision.Wait>(Decide(workers, Both, 2, LocalSupervisor.JoinDeadline));
        Assert.Equal("a", Assert.IsType<Decision.Replace>(Decide(workers, Both, 2, LocalSupervisor.JoinDeadline + TimeSpan.FromSeconds(1))).Worker.Name);
    }

    [Fact]
    public void WorkerWithoutASignOfLife_IsReplaced_InsteadOfBeingTakenIntoTheNextGeneration()
    {
        WorkerView[] workers = [Worker("a", WorkerState.Aborted, 1), Worker("b", WorkerState.Running, 1) with { IsSilent = true }];

        Assert.IsType<Decision.Wait>(Decide(workers, [], 1, LocalSupervisor.SilencePatience));
        var replace = Assert.IsType<Decision.Replace>(Decide(workers, [], 1, LocalSupervisor.SilencePatience + TimeSpan.FromSeconds(1)));

        Assert.Equal(("b", "it gave no sign of life for 3 s after its generation had broken"), (replace.Worker.Name, replace.Reason));
        Assert.True(LocalSupervisor.SilencePatience < LocalSupervisor.LeavePatience);
    }

    [Fact]
    public void Run_IsComplete_WhenWhoIsLeftIs()
    {
        var done = Worker("a", WorkerState.Completed, 1);

        Assert.IsType<Decision.Wait>(Decide([done, Worker("b", WorkerState.Running, 1)], Both, 1));
        Assert.IsType<Decision.Complete>(Decide([done, Worker("b", WorkerState.Completed, 1)], Both, 1));
        Assert.IsType<Decision.Complete>(Decide([done, Worker("b", WorkerState.Running, 1) with { HowItEnded = "its process was ended by signal 9" }], Both, 1));
    }

    private static Decision Decide(IReadOnlyList<WorkerView> workers, IReadOnlyList<string> group, long generation = 0, TimeSpan since = default, int setbacks = 0) =>
        LocalSupervisor.Decide(new RunState { Workers = workers, Group = group, Generation = generation, Setbacks = setbacks, Since = since, IsTraining = true });

    private static WorkerView Failed(string name, bool failsJob) =>
        new() { Name = name, Progress = Worker(name, WorkerState.Failed).Progress! with { Error = "no memory", FailsJob = failsJob } };

    private static WorkerView Worker(string name, WorkerState state, long generation = 0, long steps = 0) => new()
    {
        Name = name,
        Progress = new WorkerProgress { State = state, Generation = generation, CommittedSteps = steps, EndPoint = "127.0.0.1:1", Fingerprint = "f", Steps = [] },
    };
}

using HealthGpt.Cluster.Abstractions.Devices;
using HealthGpt.Cluster.Abstractions.Training;
using HealthGpt.Cluster.Training;
using Xunit;

namespace HealthGpt.Cluster.Tests.Training;

public sealed class SupervisorTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TrainerOptions Options = new();
    private static readonly JobOutline Outline = new() { Name = "x", MinWorkers = 2, MaxWorkers = 3, DeviceKind = "cpu", TotalSteps = 10 };

    [Fact]
    public void Forms_the_first_group_at_once_when_all_are_ready_and_after_some_patience_when_devices_are_few()
    {
        var two = new[] { Worker(1, WorkerCondition.Ready), Worker(2, WorkerCondition.Ready) };

        Assert.IsType<Decision.Form>(Decide(Waiting(), [.. two, Worker(3, WorkerCondition.Ready)], Start));
        Assert.IsType<Decision.Wait>(Decide(Waiting(), two, Start));
        Assert.Equal(2, Assert.IsType<Decision.Form>(Decide(Waiting(), two, Start + Options.DevicePatience)).Members.Count);
        Assert.IsType<Decision.Wait>(Decide(Waiting(), [.. two, Worker(3, WorkerCondition.Preparing)], Start + Options.DevicePatience));
    }

    [Fact]
    public void Forms_the_next_group_of_those_that_answer_without_waiting_for_the_others()
    {
        var silent = Worker(1, WorkerCondition.Running) with { Missed = 1, Problem = "connection refused" };
        WorkerView[] workers = [silent, Worker(2, WorkerCondition.Aborted, generation: 1), Worker(3, WorkerCondition.Aborted, generation: 1)];

        var form = Assert.IsType<Decision.Form>(Decide(Waiting() with { Generation = 1 }, workers, Start));

        Assert.Equal(["lease-2", "lease-3"], form.Members.Select(member => member.Lease.Id));
    }

    [Fact]
    public void Breaks_a_generation_by_the_first_sign_and_names_who_is_silent()
    {
        var silent = Worker(1, WorkerCondition.Running, generation: 1) with { Missed = 1, Problem = "connection refused" };
        WorkerView[] workers = [silent, Worker(2, WorkerCondition.Aborted, generation: 1) with { Report = Report(2, WorkerCondition.Aborted, 1) with { Error = "peer lost" } }];

        var broken = Assert.IsType<Decision.Break>(Decide(Running(1, 2), workers, Start));

        Assert.Contains("Rank 1 on silo 's2'", broken.Message, StringComparison.Ordinal);
        Assert.Contains("peer lost", broken.Message, StringComparison.Ordinal);
        Assert.Contains("Rank 0 on silo 's1' (cpu:0, lease-1) does not answer: connection refused", broken.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bears_a_few_missed_polls_of_a_running_worker_but_not_a_dead_silo()
    {
        var slow = Worker(1, WorkerCondition.Running, generation: 1) with { Missed = Options.MissedPollsLimit - 1 };
        var well = Worker(2, WorkerCondition.Running, generation: 1);

        Assert.IsType<Decision.Wait>(Decide(Running(1, 2), [slow, well], Start));
        Assert.IsType<Decision.Break>(Decide(Running(1, 2), [slow with { Missed = Options.MissedPollsLimit }, well], Start));
        Assert.IsType<Decision.Break>(Decide(Running(1, 2), [slow with { SiloGone = true, Missed = 0 }, well], Start));
    }

    [Fact]
    public void Starts_anew_when_the_trainer_that_claimed_the_generation_died_before_it_told_everyone()
    {
        WorkerView[] workers = [Worker(1, WorkerCondition.Running, generation: 2), Worker(2, WorkerCondition.Ready)];

        Assert.IsType<Decision.Break>(Decide(Running(1, 2) with { Generation = 2 }, workers, Start));
        Assert.IsType<Decision.Wait>(Decide(Running(1, 2) with { Generation = 2 }, [workers[0], workers[1] with { ToldAt = Start }], Start));
    }

    [Fact]
    public void Takes_a_spare_that_became_ready_into_a_group_that_is_smaller_than_it_may_be()
    {
        WorkerView[] workers = [Worker(1, WorkerCondition.Running, generation: 1), Worker(2, WorkerCondition.Running, generation: 1), Worker(3, WorkerCondition.Ready)];

        var form = Assert.IsType<Decision.Form>(Decide(Running(1, 2), workers, Start));

        Assert.Equal(["lease-1", "lease-2", "lease-3"], form.Members.Select(member => member.Lease.Id));
    }

    [Fact]
    public void Fails_a_job_whose_generations_break_again_and_again_without_a_step()
    {
        var record = (Waiting() with { Generation = 9, FruitlessGenerations = Options.FruitlessGenerationsLimit }).Tell(Start, JobEventTypes.WorkerLost, "ports are closed");

        var fail = Assert.IsType<Decision.Fail>(Decide(record, [Worker(1, WorkerCondition.Ready), Worker(2, WorkerCondition.Ready)], Start));

        Assert.Contains("ports are closed", fail.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Dismisses_who_fails_of_its_own_and_fails_the_job_of_what_all_would_meet()
    {
        var well = Worker(1, WorkerCondition.Running, generation: 1);
        var spare = Failed(3, "cannot listen");

        Assert.Equal([spare], Assert.IsType<Decision.Dismiss>(Decide(Running(1, 2), [well, Worker(2, WorkerCondition.Running, generation: 1), spare], Start)).Workers);
        Assert.Equal(2, Assert.IsType<Decision.Dismiss>(Decide(Running(1, 2), [well, Failed(2, "out of memory"), spare], Start)).Workers.Count);
        var fail = Assert.IsType<Decision.Fail>(Decide(Running(1, 2), [well, Failed(2, "the norm is NaN", failsJob: true), spare], Start));
        Assert.StartsWith("Rank 1 on silo 's2'", fail.Error, StringComparison.Ordinal);
        Assert.Contains("the norm is NaN", fail.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Looks_a_while_for_other_devices_when_too_few_workers_are_left_and_then_names_who_failed()
    {
        var record = Waiting().Dismiss([Failure(1, "out of memory"), Failure(2, "cannot listen")]);
        WorkerView[] left = [Worker(3, WorkerCondition.Ready)];

        Assert.IsType<Decision.Wait>(Decide(record with { WaitingSince = Start - Options.PrepareDeadline }, left, Start));
        Assert.IsType<Decision.Wait>(Decide(record with { WaitingSince = Start - Options.PrepareDeadline }, [.. left, Worker(4, WorkerCondition.Ready) with { Report = null }], Start));
        Assert.IsType<Decision.Wait>(Decide(record with { WaitingSince = Start + Options.PrepareDeadline }, left, Start + Options.PrepareDeadline));
        Assert.IsType<Decision.Wait>(Decide(record, [.. left, Worker(4, WorkerCondition.Preparing)], Start + Options.DevicePatience));
        var fail = Assert.IsType<Decision.Fail>(Decide(record, left, Start + Options.DevicePatience));
        Assert.Contains("out of memory", fail.Error, StringComparison.Ordinal);
        Assert.Contains("cannot listen", fail.Error, StringComparison.Ordinal);
        Assert.Contains("workers.min", fail.Error, StringComparison.Ordinal);

        var later = Start + TimeSpan.FromHours(1);
        fail = Assert.IsType<Decision.Fail>(Decide(record with { WaitingSince = later }, left, later + Options.StartDeadline));
        Assert.Contains("not leased again before their silo is restarted", fail.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Looks_for_no_more_devices_when_many_workers_have_failed()
    {
        var record = Waiting().Dismiss(Enumerable.Range(1, Options.FailedWorkersLimit).Select(number => Failure(number, "no model")).ToArray());

        Assert.IsType<Decision.Fail>(Decide(record, [Worker(20, WorkerCondition.Preparing), Worker(21, WorkerCondition.Preparing)], Start));
    }

    private static WorkerView Failed(int number, string error, bool failsJob = false)
    {
        var worker = Worker(number, WorkerCondition.Failed, generation: 1);
        return worker with { Report = worker.Report! with { Error = error, FailsJob = failsJob } };
    }

    private static WorkerFailure Failure(int number, string error) => new() { Lease = Worker(number, WorkerCondition.Failed).Lease, At = Start, Message = error };

    private static Decision Decide(JobRecord record, IReadOnlyList<WorkerView> workers, DateTimeOffset now) => new Supervisor(Outline, Options).Decide(record, workers, now);

    private static JobRecord Waiting() => new() { Outline = Outline, WaitingSince = Start };

    private static JobRecord Running(params int[] leases) =>
        Waiting() with { State = JobState.Running, Generation = 1, Group = leases.Select(lease => $"lease-{lease}").ToArray() };

    private static WorkerView Worker(int number, WorkerCondition condition, long generation = 0) => new()
    {
        Lease = new DeviceLease { Id = $"lease-{number}", SiloAddress = $"10.0.0.{number}:1@1", SiloName = $"s{number}", Device = "cpu:0", Owner = "job/x" },
        Report = Report(number, condition, generation),
    };

    private static WorkerReport Report(int number, WorkerCondition condition, long generation) =>
        new() { Lease = $"lease-{number}", Condition = condition, Generation = generation, EndPoint = $"10.0.0.{number}:9" };
}

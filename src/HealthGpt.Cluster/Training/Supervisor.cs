using HealthGpt.Cluster.Abstractions.Training;

namespace HealthGpt.Cluster.Training;

/// <summary>The rules of a job's life: what to do, given what is stored and what the workers say. It decides and does nothing.</summary>
internal sealed class Supervisor(JobOutline outline, TrainerOptions options)
{
    public Decision Decide(JobRecord record, IReadOnlyList<WorkerView> workers, DateTimeOffset now)
    {
        var failed = workers.Where(worker => worker.Answers && worker.Report!.Condition == WorkerCondition.Failed).ToList();
        if (failed.Find(worker => worker.Report!.FailsJob) is { } hopeless) return new Decision.Fail(WhyFailed(record, hopeless));
        if (failed.Count > 0) return new Decision.Dismiss(failed);

        return record.Group.Count > 0 ? WatchGroup(record, workers, now) : FormGroup(record, workers, now);
    }

    public static string WhyFailed(JobRecord record, WorkerView worker) => $"{Title(record, worker)} failed: {worker.Report!.Error}";

    private Decision WatchGroup(JobRecord record, IReadOnlyList<WorkerView> workers, DateTimeOffset now)
    {
        var members = record.Group.Select(lease => workers.FirstOrDefault(worker => worker.Lease.Id == lease)).OfType<WorkerView>().ToList();
        var lost = members.Where(member => member.SiloGone || member.Missed >= options.MissedPollsLimit || HasLostItsReplica(record, member)).ToList();
        var aborted = members.FirstOrDefault(member => member.Is(WorkerCondition.Aborted, record.Generation));
        var absent = members.FirstOrDefault(member => HasNotJoined(record, member, now));

        if (lost.Count > 0)
            return new Decision.Break(string.Join(" ", lost.Select(member => WhyLost(record, member))), lost[0].Lease.SiloName);
        if (aborted is not null)
            return new Decision.Break(WhyAborted(record, members, aborted), aborted.Lease.SiloName);
        if (absent is not null)
            return new Decision.Break($"{Title(record, absent)} has not joined generation {record.Generation}.", absent.Lease.SiloName);
        if (members.All(member => member.Is(WorkerCondition.Completed, record.Generation)))
            return Compare(record, members);

        return Grow(record, members, workers);
    }

    private static Decision Compare(JobRecord record, List<WorkerView> members)
    {
        var first = members[0];
        var other = members.FirstOrDefault(member => member.Report!.WeightsSha256 != first.Report!.WeightsSha256);
        if (first.Report!.WeightsSha256 is not { Length: > 0 } weights)
            return new Decision.Fail($"{Title(record, first)} ended without naming its weights.");
        if (other is not null)
        {
            return new Decision.Fail(
                $"The ranks ended with different weights: {Title(record, first)} has SHA-256 {weights}, {Title(record, other)} has {other.Report!.WeightsSha256}; "
                + "the result is not trusted; run the job again on machines with the same processor type and libtorch version.");
        }

        return new Decision.Complete(weights, members.Select(member => member.Report!.ModelFolder).FirstOrDefault(folder => folder is not null));
    }

    /// <summary>A worker that has become ready joins a group that is smaller than it may be.</summary>
    private Decision Grow(JobRecord record, List<WorkerView> members, IReadOnlyList<WorkerView> workers)
    {
        if (members.Count >= outline.MaxWorkers) return new Decision.Wait();
        if (!members.All(member => member.Is(WorkerCondition.Running, record.Generation))) return new Decision.Wait();

        var ready = workers.Where(worker => worker.CanJoin && !record.Group.Contains(worker.Lease.Id)).ToList();
        return ready.Count == 0 ? new Decision.Wait() : new Decision.Form(members.Concat(ready).Take(outline.MaxWorkers).ToList());
    }

    private Decision FormGroup(JobRecord record, IReadOnlyList<WorkerView> workers, DateTimeOffset now)
    {
        if (record.FruitlessGenerations >= options.FruitlessGenerationsLimit)
        {
            return new Decision.Fail(
                $"{record.FruitlessGenerations} generations in a row broke before they committed a step; the last one because: "
                + record.Events.LastOrDefault(told => told.Type == JobEventTypes.WorkerLost)?.Message);
        }

        var able = workers.Where(worker => worker.CanJoin).OrderByDescending(worker => worker.Report!.CommittedSteps).Take(outline.MaxWorkers).ToList();
        var waited = now - record.WaitingSince;
        if (able.Count < outline.MinWorkers) return AwaitWorkers(record, able.Count, workers, now);

        return record.Generation == 0 && MayBecomeMore(able.Count, workers.Count, waited) ? new Decision.Wait() : new Decision.Form(able);
    }

    private bool MayBecomeMore(int able, int leased, TimeSpan waited)
    {
        if (able >= outline.MaxWorkers) return false;

        return able < leased ? waited < options.GatherPatience : waited < options.DevicePatience;
    }

    private Decision AwaitWorkers(JobRecord record, int able, IReadOnlyList<WorkerView> workers, DateTimeOffset now)
    {
        var failures = record.Failures.Where(failure => failure.At >= record.WaitingSince).ToList();
        var waited = now - (failures.Count > 0 ? failures[^1].At : record.WaitingSince);
        if (failures.Count >= options.FailedWorkersLimit) return new Decision.Fail(WhyTooFew(failures, workers.Count));
        if (failures.Count > 0 && workers.Count < outline.MinWorkers)
            return waited < options.DevicePatience ? new Decision.Wait() : new Decision.Fail(WhyTooFew(failures, workers.Count));
        if (waited < options.StartDeadline) return new Decision.Wait();
        if (workers.Count < outline.MinWorkers)
        {
            return new Decision.Fail(
                $"The job needs at least {outline.MinWorkers} '{outline.DeviceKind}' devices (workers.min), but {workers.Count} could be leased within "
                + $"{options.StartDeadline.TotalSeconds:0} s; start more silos, free devices, or lower workers.min."
                + NotLeasedAgain(record));
        }

        var isPreparing = workers.Any(worker => worker.Answers && worker.Report!.Condition == WorkerCondition.Preparing);
        if (isPreparing && waited < options.PrepareDeadline) return new Decision.Wait();

        var late = workers.First(worker => !worker.CanJoin);
        var state = late.Answers ? $"is still {late.Report!.Condition}" : $"does not answer ({late.Problem ?? "no reason given"})";
        return new Decision.Fail(
            $"Only {able} of at least {outline.MinWorkers} workers (workers.min) got ready within {waited.TotalSeconds:0} s: "
            + $"the worker on {late.Place} {state}; look at that silo's log.");
    }

    private static string NotLeasedAgain(JobRecord record) => record.Failures.Count == 0 ? ""
        : $" Devices where a worker of this job has failed are not leased again before their silo is restarted: {Messages(record.Failures)}.";

    private string WhyTooFew(List<WorkerFailure> failures, int left) =>
        $"workers.min is {outline.MinWorkers}, but the job has {left} workers left, because {failures.Count} failed: "
        + $"{Messages(failures)}. Mend what they name, start more silos, or lower workers.min.";

    private static string Messages(IEnumerable<WorkerFailure> failures) => string.Join("; ", failures.Select(failure => failure.Message.TrimEnd('.')));

    private static bool HasLostItsReplica(JobRecord record, WorkerView member) =>
        member.Answers && member.Report!.Condition == WorkerCondition.Preparing && record.Generation > 0;

    private bool HasNotJoined(JobRecord record, WorkerView member, DateTimeOffset now)
    {
        if (!member.Answers || member.Report!.Generation >= record.Generation) return false;

        // Not told by this activation: its predecessor claimed the generation and died before it told everyone, and the secret died with it.
        return member.ToldAt is not { } toldAt || now - toldAt > options.JoinDeadline;
    }

    private static string WhyLost(JobRecord record, WorkerView member)
    {
        var why = member.SiloGone ? "its silo has left the cluster"
            : member.Missed > 0 ? $"it left {member.Missed} polls unanswered, the last because: {member.Problem}"
            : "its replica is gone and starts anew";
        return $"{Title(record, member)} is lost: {why}.";
    }

    private static string WhyAborted(JobRecord record, List<WorkerView> members, WorkerView aborted)
    {
        var silent = members.Where(member => !member.Answers).Select(member => $"{Title(record, member)} does not answer: {member.Problem}.");
        return string.Join(" ", silent.Prepend($"{Title(record, aborted)} reports that its group broke: {aborted.Report!.Error}"));
    }

    private static string Title(JobRecord record, WorkerView worker)
    {
        var rank = record.Group.TakeWhile(lease => lease != worker.Lease.Id).Count();
        return rank < record.Group.Count ? $"Rank {rank} on {worker.Place}" : $"The worker on {worker.Place}";
    }
}

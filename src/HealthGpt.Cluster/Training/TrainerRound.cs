using System.Globalization;
using HealthGpt.Cluster.Abstractions.Training;
using Microsoft.Extensions.Logging;

namespace HealthGpt.Cluster.Training;

/// <summary>One round of a trainer: lease, poll, decide, store, act, in that order.</summary>
internal sealed class TrainerRound(JobStore store, WorkerCrew crew, LeaseDesk desk, TrainerOptions options, TimeProvider time, TrainerIdentity self, ILogger logger)
{
    // A job that skips every other step must not fill its record.
    private const int MostSkippedTold = 100;

    private int _roundsWithoutSteps;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await store.SaveAsync(Claim(store.Record), cancellationToken);
        await store.SaveAsync(await desk.FillAsync(store.Record, cancellationToken), cancellationToken);
        await crew.PollAsync(store.Record, cancellationToken);
        _roundsWithoutSteps = crew.HasNewSteps ? 0 : _roundsWithoutSteps + 1;

        var record = DropGone(Progress(store.Record));
        var views = crew.Views(record);
        var decision = new Supervisor(record.Outline!, options).Decide(record, views, time.GetUtcNow());
        await ActAsync(decision, record, cancellationToken);
        await RetireAsync(cancellationToken);
    }

    /// <summary>Takes the job over from the activation that had it; its next write will fail.</summary>
    private JobRecord Claim(JobRecord record)
    {
        if (record.Trainer == self.Activation) return record;

        var claimed = record with { Trainer = self.Activation, TrainerSilo = self.Silo };
        if (record.TrainerSilo is not { } before || before == self.Silo) return claimed;

        logger.LogWarning("The trainer of job {Job} goes on here after it was on silo {Silo}.", record.Outline!.Name, before);
        return claimed.Tell(time.GetUtcNow(), JobEventTypes.TrainerMoved, $"The trainer moved from silo '{before}' to silo '{self.Silo}'.", self.Silo);
    }

    /// <summary>Writes down what the polls told: phases that began, steps that were skipped, a newer checkpoint, samples left out, the first step after a loss.</summary>
    private JobRecord Progress(JobRecord record)
    {
        if (crew.WentBackTo is { } step) record = TellResumed(record, step);
        foreach (var told in crew.Steps.Skip((int)Math.Min(record.LastPhaseStep, int.MaxValue)))
        {
            if (told.Stage == record.Stage && told.Phase == record.Phase && record.LastPhaseStep > 0) continue;

            record = (record with { Stage = told.Stage, Phase = told.Phase, LastPhaseStep = told.Step, CommittedSteps = Math.Max(record.CommittedSteps, told.Step) })
                .Tell(time.GetUtcNow(), JobEventTypes.Phase, $"{told.Stage} {told.Phase} begins at step {told.Step}.");
        }

        var reports = crew.Views(record).Select(view => view.Report).OfType<WorkerReport>().ToList();
        record = TellCheckpointProblem(TellCheckpoint(TellLeftOut(TellSkipped(record), reports), reports), reports);
        if (record.Group.Count == 0 || record.LostAtStep is not { } lostAt || crew.Steps.Count <= lostAt) return record;

        return (record with { LostAtStep = null, CommittedSteps = crew.Steps.Count })
            .Tell(time.GetUtcNow(), JobEventTypes.Recovered, $"Generation {record.Generation} goes on after step {lostAt}; no committed step was lost.");
    }

    private JobRecord TellResumed(JobRecord record, long step)
    {
        var message = step == 0 ? "The job starts again at the first step: there is no checkpoint." : $"The job goes on after step {step}; the steps after it are done again.";
        return (record with { LastSkippedStep = Math.Min(record.LastSkippedStep, step) }).Tell(time.GetUtcNow(), JobEventTypes.Resumed, message, step: step);
    }

    private JobRecord TellSkipped(JobRecord record)
    {
        var room = MostSkippedTold - record.Events.Count(told => told.Type == JobEventTypes.StepSkipped);
        var skipped = crew.Steps.Skip((int)Math.Min(record.LastSkippedStep, int.MaxValue)).Where(step => step.Skipped).Take(Math.Max(0, room)).ToList();
        return skipped.Aggregate(
            record, (told, step) => (told with { LastSkippedStep = step.Step }).Tell(time.GetUtcNow(), JobEventTypes.StepSkipped, Skipped(step), step: step.Step));
    }

    private static string Skipped(StepReport step)
    {
        var samples = step.SkippedSamples.Count == 0 ? "" : $" In its batch: {string.Join("; ", step.SkippedSamples)}{(step.SkippedSamples.Count == LeftOutSamples.MaxShown ? "; ..." : "")}.";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{step.Stage} {step.Phase} step {step.PhaseStep} was skipped: its loss is {step.Loss} and its gradient's norm is {step.GradientNorm}.{samples}");
    }

    /// <summary>Every rank reports the last checkpoint that it wrote itself, so after a change of ranks there are older ones among them.</summary>
    private JobRecord TellCheckpoint(JobRecord record, List<WorkerReport> reports)
    {
        if (reports.MaxBy(report => report.CheckpointStep) is not { Checkpoint: { } folder, CheckpointStep: var step } || step <= record.CheckpointStep) return record;

        return (record with { Checkpoint = folder, CheckpointStep = step, CommittedSteps = Math.Max(record.CommittedSteps, crew.Steps.Count) })
            .Tell(time.GetUtcNow(), JobEventTypes.Checkpoint, folder, step: step);
    }

    /// <summary>The first of several in a row has an event, so that a store that stays away does not fill the job's record; the status has the last.</summary>
    private JobRecord TellCheckpointProblem(JobRecord record, List<WorkerReport> reports)
    {
        var problem = reports.OrderByDescending(report => report.CheckpointStep).Select(report => report.CheckpointProblem).FirstOrDefault(told => told is not null);
        if (problem == record.CheckpointProblem) return record;

        var known = record.CheckpointProblem is not null;
        record = record with { CheckpointProblem = problem };
        return problem is null || known ? record : record.Tell(time.GetUtcNow(), JobEventTypes.CheckpointProblem, problem);
    }

    /// <summary>All workers leave out the same samples: with others they would not train together.</summary>
    private JobRecord TellLeftOut(JobRecord record, List<WorkerReport> reports)
    {
        var leftOut = reports.Select(report => report.LeftOutSamples).FirstOrDefault(known => known is not null);
        if (leftOut is null || record.LeftOutSamples is not null) return record;

        var count = leftOut.Count == 1 ? "1 sample" : $"{leftOut.Count} samples";
        var more = leftOut.Count > leftOut.First.Count ? "; ..." : "";
        return (record with { LeftOutSamples = leftOut })
            .Tell(time.GetUtcNow(), JobEventTypes.SamplesLeftOut, $"{count} cannot be used: {string.Join("; ", leftOut.First)}{more}");
    }

    /// <summary>The leases of silos that have left end with them; those of the present group stay until the group is declared broken.</summary>
    private JobRecord DropGone(JobRecord record)
    {
        var gone = crew.Views(record).Where(view => view.SiloGone && !record.Group.Contains(view.Lease.Id)).Select(view => view.Lease.Id).ToHashSet();
        return gone.Count == 0 ? record : record with { Leases = record.Leases.Where(lease => !gone.Contains(lease.Id)).ToArray() };
    }

    private Task ActAsync(Decision decision, JobRecord record, CancellationToken cancellationToken) => decision switch
    {
        Decision.Form form => FormAsync(form, record, cancellationToken),
        Decision.Break broken => store.SaveAsync(Broken(record, broken.Message, broken.Silo), cancellationToken),
        Decision.Dismiss dismiss => store.SaveAsync(Dismissed(record, dismiss.Workers), cancellationToken),
        Decision.Fail fail => EndAsync(record.End(time.GetUtcNow(), JobState.Failed, JobEventTypes.Failed, fail.Error), cancellationToken),
        Decision.Complete done => CompleteAsync(done, record, cancellationToken),
        _ => store.SaveAsync(record, cancellationToken),
    };

    private async Task FormAsync(Decision.Form form, JobRecord record, CancellationToken cancellationToken)
    {
        var places = string.Join(", ", form.Members.Select((member, rank) => $"rank {rank} on {member.Place}"));
        var committed = Math.Max(record.CommittedSteps, crew.Steps.Count);
        record = record with
        {
            State = JobState.Running,
            Generation = record.Generation + 1,
            Group = form.Members.Select(member => member.Lease.Id).ToArray(),
            FormedAtStep = committed,
            CommittedSteps = committed,
        };

        // Stored before any worker hears of it: if this write is refused, another trainer has the job and these workers.
        await store.SaveAsync(record.Tell(time.GetUtcNow(), JobEventTypes.Generation, $"Generation {record.Generation}: {places}."), cancellationToken);
        await crew.JoinAsync(store.Record, cancellationToken);
    }

    private JobRecord Broken(JobRecord record, string message, string silo)
    {
        logger.LogWarning("Generation {Generation} of job {Job} broke: {Reason}", record.Generation, record.Outline!.Name, message);
        var committed = Math.Max(record.CommittedSteps, crew.Steps.Count);
        record = record with
        {
            State = JobState.Recovering,
            Group = [],
            WaitingSince = time.GetUtcNow(),
            FruitlessGenerations = committed > record.FormedAtStep ? 0 : record.FruitlessGenerations + 1,
            LostAtStep = committed,
            CommittedSteps = committed,
        };
        return record.Tell(time.GetUtcNow(), JobEventTypes.WorkerLost, message, silo);
    }

    private JobRecord Dismissed(JobRecord record, IReadOnlyList<WorkerView> workers)
    {
        var group = record.Group;
        var why = workers.ToDictionary(worker => worker, worker => Supervisor.WhyFailed(record, worker));
        var lost = workers.Where(worker => group.Contains(worker.Lease.Id)).ToList();
        if (lost.Count > 0) record = Broken(record, string.Join(" ", lost.Select(worker => why[worker])), lost[0].Lease.SiloName);
        foreach (var spare in workers.Except(lost))
        {
            logger.LogWarning("Job {Job} goes on without a worker: {Reason}", record.Outline!.Name, why[spare]);
            record = record.Tell(time.GetUtcNow(), JobEventTypes.WorkerFailed, why[spare], spare.Lease.SiloName);
        }

        var now = time.GetUtcNow();
        return record.Dismiss(workers.Select(worker => new WorkerFailure { Lease = worker.Lease, At = now, Message = why[worker] }).ToArray());
    }

    /// <summary>Gives back what failed workers held. Last in the round: neither they nor the pool may keep the job waiting.</summary>
    private async Task RetireAsync(CancellationToken cancellationToken)
    {
        var record = store.Record;
        if (record.HasEnded || record.Retiring.Count == 0) return;

        var free = await crew.ReleaseAsync(record.Retiring, record.Submission!, cancellationToken);
        if (free.Count == 0) return;

        await desk.ReleaseAsync(free, cancellationToken);
        await store.SaveAsync(record with { Retiring = record.Retiring.Where(lease => !free.Contains(lease.Id)).ToArray() }, cancellationToken);
    }

    private Task CompleteAsync(Decision.Complete done, JobRecord record, CancellationToken cancellationToken)
    {
        // The last steps may take more than one answer to arrive, and after this nobody has them.
        if (crew.Steps.Count < record.Outline!.TotalSteps && _roundsWithoutSteps < options.MissedPollsLimit) return store.SaveAsync(record, cancellationToken);

        record = record with { WeightsSha256 = done.WeightsSha256, ModelFolder = done.ModelFolder, CommittedSteps = crew.Steps.Count };
        if (crew.Views(record).Select(view => view.Report?.LeftOutPlugins).FirstOrDefault(tasks => tasks is { Count: > 0 }) is { } leftOut)
            record = record.Tell(time.GetUtcNow(), JobEventTypes.PluginsLeftOut, LeftOutPlugins.Describe(leftOut));
        return EndAsync(record.End(time.GetUtcNow(), JobState.Completed, JobEventTypes.Completed), cancellationToken);
    }

    private async Task EndAsync(JobRecord record, CancellationToken cancellationToken)
    {
        await store.SaveHistoryAsync(crew.Steps, cancellationToken);
        await store.SaveAsync(record, cancellationToken);
    }
}

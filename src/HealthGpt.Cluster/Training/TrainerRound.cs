using HealthGpt.Cluster.Abstractions.Training;
using Microsoft.Extensions.Logging;

namespace HealthGpt.Cluster.Training;

/// <summary>One round of a trainer: lease, poll, decide, store, act, in that order.</summary>
internal sealed class TrainerRound(JobStore store, WorkerCrew crew, LeaseDesk desk, TrainerOptions options, TimeProvider time, TrainerIdentity self, ILogger logger)
{
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

    /// <summary>Writes down what the polls told: phases that began, a checkpoint, the first step after a loss.</summary>
    private JobRecord Progress(JobRecord record)
    {
        foreach (var step in crew.Steps.Skip((int)Math.Min(record.LastPhaseStep, int.MaxValue)))
        {
            if (step.Stage == record.Stage && step.Phase == record.Phase && record.LastPhaseStep > 0) continue;

            record = (record with { Stage = step.Stage, Phase = step.Phase, LastPhaseStep = step.Step, CommittedSteps = Math.Max(record.CommittedSteps, step.Step) })
                .Tell(time.GetUtcNow(), JobEventTypes.Phase, $"{step.Stage} {step.Phase} begins at step {step.Step}.");
        }

        var checkpoint = crew.Views(record).Select(view => view.Report?.Checkpoint).FirstOrDefault(folder => folder is not null && folder != record.Checkpoint);
        if (checkpoint is not null)
            record = (record with { Checkpoint = checkpoint, CommittedSteps = crew.Steps.Count }).Tell(time.GetUtcNow(), JobEventTypes.Checkpoint, checkpoint);

        if (record.Group.Count == 0 || record.LostAtStep is not { } lostAt || crew.Steps.Count <= lostAt) return record;

        return (record with { LostAtStep = null, CommittedSteps = crew.Steps.Count })
            .Tell(time.GetUtcNow(), JobEventTypes.Recovered, $"Generation {record.Generation} goes on after step {lostAt}; no committed step was lost.");
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
        Decision.Break broken => BreakAsync(broken, record, cancellationToken),
        Decision.Fail fail => EndAsync(record.End(time.GetUtcNow(), JobState.Failed, JobEventTypes.Failed, fail.Error), cancellationToken),
        Decision.Complete done => CompleteAsync(done, record, cancellationToken),
        _ => store.SaveAsync(record, cancellationToken),
    };

    private async Task FormAsync(Decision.Form form, JobRecord record, CancellationToken cancellationToken)
    {
        var places = string.Join(", ", form.Members.Select((member, rank) => $"rank {rank} on {member.Place}"));
        record = record with
        {
            State = JobState.Running,
            Generation = record.Generation + 1,
            Group = form.Members.Select(member => member.Lease.Id).ToArray(),
            CommittedSteps = crew.Steps.Count,
        };

        // Stored before any worker hears of it: if this write is refused, another trainer has the job and these workers.
        await store.SaveAsync(record.Tell(time.GetUtcNow(), JobEventTypes.Generation, $"Generation {record.Generation}: {places}."), cancellationToken);
        await crew.JoinAsync(store.Record, cancellationToken);
    }

    private Task BreakAsync(Decision.Break broken, JobRecord record, CancellationToken cancellationToken)
    {
        logger.LogWarning("Generation {Generation} of job {Job} broke: {Reason}", record.Generation, record.Outline!.Name, broken.Message);
        var committed = Math.Max(record.CommittedSteps, crew.Steps.Count);
        record = record with
        {
            State = JobState.Recovering,
            Group = [],
            WaitingSince = time.GetUtcNow(),
            FruitlessGenerations = crew.Steps.Count > record.CommittedSteps ? 0 : record.FruitlessGenerations + 1,
            LostAtStep = committed,
            CommittedSteps = committed,
        };
        return store.SaveAsync(record.Tell(time.GetUtcNow(), JobEventTypes.WorkerLost, broken.Message, broken.Silo), cancellationToken);
    }

    private Task CompleteAsync(Decision.Complete done, JobRecord record, CancellationToken cancellationToken)
    {
        // The last steps may take more than one answer to arrive, and after this nobody has them.
        if (crew.Steps.Count < record.Outline!.TotalSteps && _roundsWithoutSteps < options.MissedPollsLimit) return store.SaveAsync(record, cancellationToken);

        record = record with { WeightsSha256 = done.WeightsSha256, ModelFolder = done.ModelFolder, CommittedSteps = crew.Steps.Count };
        return EndAsync(record.End(time.GetUtcNow(), JobState.Completed, JobEventTypes.Completed), cancellationToken);
    }

    private async Task EndAsync(JobRecord record, CancellationToken cancellationToken)
    {
        await store.SaveHistoryAsync(crew.Steps, cancellationToken);
        await store.SaveAsync(record, cancellationToken);
    }
}

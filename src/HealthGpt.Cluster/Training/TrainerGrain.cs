using HealthGpt.Cluster.Abstractions.Training;
using HealthGpt.Cluster.Devices;
using HealthGpt.Cluster.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Runtime;
using Orleans.Storage;

namespace HealthGpt.Cluster.Training;

/// <summary>Owns a job: takes it in, runs a round a few times a second until it has ended, then gives back what it holds.</summary>
internal sealed class TrainerGrain(
    [PersistentState("job", HealthGptStorage.Name)] IPersistentState<JobRecord> job,
    [PersistentState("steps", HealthGptStorage.Name)] IPersistentState<StepHistory> history,
    ITrainingEngine engine,
    ClusterDevices cluster,
    SiloDevices silo,
    IOptions<TrainerOptions> options,
    TimeProvider time,
    ILogger<TrainerGrain> logger) : Grain, ITrainerGrain, IRemindable
{
    private const string ReminderName = "wake";

    // The shortest that Orleans allows. It is the last resort: workers that get no polls and clients that ask wake a trainer within seconds.
    private static readonly TimeSpan ReminderPeriod = TimeSpan.FromMinutes(1);

    private JobStore _store = null!;
    private WorkerCrew _crew = null!;
    private LeaseDesk _desk = null!;
    private TrainerRound _round = null!;
    private IGrainTimer? _timer;

    private string Job => this.GetPrimaryKeyString();

    private bool Exists => _store.Record.Submission is not null;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var self = new TrainerIdentity(GrainContext.ActivationId.ToString(), silo.SiloName);
        _store = new JobStore(job, history);
        _crew = new WorkerCrew(Job, GrainFactory, cluster, options.Value, time, logger);
        _desk = new LeaseDesk(Job, GrainFactory, options.Value, time);
        _round = new TrainerRound(_store, _crew, _desk, options.Value, time, self, logger);
        _crew.TakeSteps(_store.History);
        if (Exists && (!_store.Record.HasEnded || _store.Record.HoldsDevices)) StartTimer();
        return Task.CompletedTask;
    }

    public async Task<JobStatus> SubmitAsync(JobSubmission submission, CancellationToken cancellationToken = default)
    {
        if (Exists)
        {
            return _store.Record.Submission == submission ? Status(0, 0) : throw new JobConflictException(Job, _store.Record.State);
        }

        var outline = engine.Read(Job, submission);
        if (outline.Name != Job)
        {
            throw new InvalidJobException(
                Job, new[] { $"name: '{outline.Name}' was submitted to the trainer of '{Job}', but a job's trainer has its name; submit it under '{outline.Name}'." });
        }

        // Before the job is stored, so that no stored job is without it; a reminder without a job removes itself.
        await this.RegisterOrUpdateReminder(ReminderName, ReminderPeriod, ReminderPeriod, cancellationToken);
        var record = new JobRecord { Submission = submission, Outline = outline, WaitingSince = time.GetUtcNow() };
        await FencedAsync(() => _store.SaveAsync(record.Tell(time.GetUtcNow(), JobEventTypes.Submitted), cancellationToken));
        StartTimer();
        return Status(0, 0);
    }

    public Task<JobStatus> GetStatusAsync(long afterEvent = 0, long afterStep = 0, CancellationToken cancellationToken = default)
    {
        ThrowIfMissing();
        return Task.FromResult(Status(afterEvent, afterStep));
    }

    public async Task CancelAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfMissing();
        if (_store.Record.HasEnded) return;

        await FencedAsync(async () =>
        {
            await _store.SaveHistoryAsync(_crew.Steps, cancellationToken);
            await _store.SaveAsync(_store.Record.End(time.GetUtcNow(), JobState.Cancelled, JobEventTypes.Cancelled), cancellationToken);
        });
    }

    public Task<bool> ReportAsync(WorkerReport report)
    {
        _timer?.Change(TimeSpan.Zero, options.Value.PollPeriod);
        return Task.FromResult(_store.Record.Leases.Any(lease => lease.Id == report.Lease));
    }

    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        // To be called is to be awake: the timer does the rest.
        if (!Exists || _timer is null) await RemoveReminderAsync();
    }

    private JobStatus Status(long afterEvent, long afterStep) => StatusReport.Of(_store.Record, _crew.Steps, silo.SiloName, afterEvent, afterStep);

    private void ThrowIfMissing()
    {
        if (!Exists) throw new JobNotFoundException(Job);
    }

    private void StartTimer() =>
        _timer ??= this.RegisterGrainTimer(TickAsync, new GrainTimerCreationOptions(TimeSpan.Zero, options.Value.PollPeriod) { KeepAlive = true });

    private async Task TickAsync(CancellationToken cancellationToken)
    {
        try
        {
            await FencedAsync(() => _store.Record.HasEnded ? CleanUpAsync(cancellationToken) : _round.RunAsync(cancellationToken));
        }
        catch (Exception error) when (error is not InconsistentStateException)
        {
            // The pool or the storage may be unreachable for a moment, for one while their silo is being replaced; the next round tries again.
            logger.LogWarning(error, "A round of the trainer of job {Job} failed and is tried again.", Job);
        }
        catch (InconsistentStateException)
        {
            logger.LogWarning("The trainer of job {Job} has lost the job to another activation and ends.", Job);
        }
    }

    private async Task CleanUpAsync(CancellationToken cancellationToken)
    {
        var record = _store.Record;
        var held = (await _desk.HeldAsync(cancellationToken)).UnionBy(record.Leases, lease => lease.Id).ToList();
        var free = await _crew.ReleaseAsync(held, record.Submission!, cancellationToken);
        await _desk.ReleaseAsync(free, cancellationToken);
        if (free.Count < held.Count) return;

        await RemoveReminderAsync();
        await _store.SaveAsync(record with { Leases = [], Retiring = [] }, cancellationToken);
        _timer?.Dispose();
        _timer = null;
    }

    private async Task RemoveReminderAsync()
    {
        if (await this.GetReminder(ReminderName) is { } reminder) await this.UnregisterReminder(reminder);
    }

    private async Task FencedAsync(Func<Task> write)
    {
        try
        {
            await write();
        }
        catch (InconsistentStateException)
        {
            DeactivateOnIdle();
            throw;
        }
    }
}

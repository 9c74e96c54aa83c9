using HealthGpt.Cluster.Abstractions.Devices;
using HealthGpt.Cluster.Abstractions.Training;

namespace HealthGpt.Cluster.Training;

/// <summary>A job as it is stored. Each change is a new record, so that what was not stored is never shown.</summary>
[GenerateSerializer, Immutable]
internal sealed record JobRecord
{
    private const int MaxFailures = 32;

    [Id(0)]
    public JobSubmission? Submission { get; init; }

    [Id(1)]
    public JobState State { get; init; }

    /// <summary>The last generation claimed. It is stored before any worker hears of it.</summary>
    [Id(2)]
    public long Generation { get; init; }

    [Id(3)]
    public IReadOnlyList<DeviceLease> Leases { get; init; } = [];

    /// <summary>The leases of the present generation by rank; empty between generations.</summary>
    [Id(4)]
    public IReadOnlyList<string> Group { get; init; } = [];

    /// <summary>What the job file asks for. Stored, so that a trainer that moved does not depend on reading the file again.</summary>
    [Id(5)]
    public JobOutline? Outline { get; init; }

    [Id(6)]
    public IReadOnlyList<JobEvent> Events { get; init; } = [];

    /// <summary>The activation that owns the job. The write of another one fences it off.</summary>
    [Id(7)]
    public string? Trainer { get; init; }

    [Id(8)]
    public string? TrainerSilo { get; init; }

    /// <summary>Since when the job has had no group.</summary>
    [Id(9)]
    public DateTimeOffset WaitingSince { get; init; }

    [Id(10)]
    public long CommittedSteps { get; init; }

    /// <summary>The last step at which a phase began that has its event.</summary>
    [Id(11)]
    public long LastPhaseStep { get; init; }

    [Id(12)]
    public string? Stage { get; init; }

    [Id(13)]
    public string? Phase { get; init; }

    [Id(14)]
    public string? Checkpoint { get; init; }

    /// <summary>Steps committed when a worker was lost, until the next generation has committed more.</summary>
    [Id(15)]
    public long? LostAtStep { get; init; }

    [Id(16)]
    public int FruitlessGenerations { get; init; }

    [Id(17)]
    public string? Error { get; init; }

    [Id(18)]
    public string? WeightsSha256 { get; init; }

    [Id(19)]
    public string? ModelFolder { get; init; }

    /// <summary>The last step in <see cref="Checkpoint"/>.</summary>
    [Id(20)]
    public long CheckpointStep { get; init; }

    /// <summary>Steps committed when the present generation was formed.</summary>
    [Id(21)]
    public long FormedAtStep { get; init; }

    /// <summary>Leases of workers that have failed, until their devices are certain to be free.</summary>
    [Id(22)]
    public IReadOnlyList<DeviceLease> Retiring { get; init; } = [];

    /// <summary>The last workers that have failed, oldest first.</summary>
    [Id(23)]
    public IReadOnlyList<WorkerFailure> Failures { get; init; } = [];

    [Id(24)]
    public LeftOutSamples? LeftOutSamples { get; init; }

    [Id(25)]
    public string? CheckpointProblem { get; init; }

    /// <summary>The last skipped step that has its event.</summary>
    [Id(26)]
    public long LastSkippedStep { get; init; }

    public bool HoldsDevices => Leases.Count > 0 || Retiring.Count > 0;

    public bool HasEnded => State is JobState.Completed or JobState.Failed or JobState.Cancelled;

    /// <summary>The record with one more event, which tells where the job is.</summary>
    public JobRecord Tell(DateTimeOffset at, string type, string? message = null, string? silo = null, long? step = null) =>
        this with
        {
            Events = Events.Append(new JobEvent
            {
                Sequence = Events.Count + 1,
                At = at,
                Type = type,
                Generation = Generation,
                Stage = Stage,
                Phase = Phase,
                Step = step ?? CommittedSteps,
                Silo = silo,
                Message = message,
            }).ToArray(),
        };

    /// <summary>The record without workers that have failed. None of them is in a group.</summary>
    public JobRecord Dismiss(IReadOnlyList<WorkerFailure> failures) =>
        this with
        {
            Leases = Leases.Where(lease => failures.All(failure => failure.Lease.Id != lease.Id)).ToArray(),
            Retiring = Retiring.Concat(failures.Select(failure => failure.Lease)).ToArray(),
            Failures = Failures.Concat(failures).TakeLast(MaxFailures).ToArray(),
        };

    public JobRecord End(DateTimeOffset at, JobState state, string type, string? error = null) =>
        (this with { State = state, Error = error, Group = [] }).Tell(at, type, error);
}

namespace HealthGpt.Cluster.Abstractions.Training;

/// <summary>All that a client is told of a job.</summary>
[GenerateSerializer, Immutable]
public sealed record JobStatus
{
    /// <summary>The job's name, which is also its trainer's key.</summary>
    [Id(0)]
    public required string Name { get; init; }

    /// <summary>Where the job stands.</summary>
    [Id(1)]
    public JobState State { get; init; }

    /// <summary>The generation of the worker group; it rises by one with each new group.</summary>
    [Id(2)]
    public long Generation { get; init; }

    /// <summary>Steps that every rank has applied, counted over all stages.</summary>
    [Id(3)]
    public long CommittedSteps { get; init; }

    /// <summary>Steps of the whole job.</summary>
    [Id(4)]
    public long TotalSteps { get; init; }

    /// <summary>The stage of the last committed step, or the first stage.</summary>
    [Id(5)]
    public string? Stage { get; init; }

    /// <summary>The phase of that stage: <c>comprehension</c>, <c>generation</c>, <c>mixed</c> or a task's name.</summary>
    [Id(6)]
    public string? Phase { get; init; }

    /// <summary>The name of the silo on which the trainer lives now.</summary>
    [Id(7)]
    public required string TrainerSilo { get; init; }

    /// <summary>The present group, by rank.</summary>
    [Id(8)]
    public IReadOnlyList<WorkerPlacement> Workers { get; init; } = [];

    /// <summary>What happened after the event that the caller named, oldest first.</summary>
    [Id(9)]
    public IReadOnlyList<JobEvent> Events { get; init; } = [];

    /// <summary>
    /// Steps after the one that the caller named, oldest first and without gaps. At most <see cref="MaxSteps"/> come at a time: ask again from the last one.
    /// </summary>
    [Id(10)]
    public IReadOnlyList<StepReport> Steps { get; init; } = [];

    /// <summary>Why the job failed, or null.</summary>
    [Id(11)]
    public string? Error { get; init; }

    /// <summary>The SHA-256 of all trained tensors once the job is completed.</summary>
    [Id(12)]
    public string? WeightsSha256 { get; init; }

    /// <summary>The folder of the trained model once the job is completed.</summary>
    [Id(13)]
    public string? ModelFolder { get; init; }

    /// <summary>Samples that could not be used and are not trained on, or null while none are known.</summary>
    [Id(14)]
    public LeftOutSamples? LeftOutSamples { get; init; }

    /// <summary>Why the last checkpoint could not be written, or the newest not be read; null while all is well.</summary>
    [Id(15)]
    public string? CheckpointProblem { get; init; }

    /// <summary>The most steps that one answer carries, so that a message stays small.</summary>
    public const int MaxSteps = 1000;

    /// <summary>Whether nothing more will happen.</summary>
    public bool HasEnded => State is JobState.Completed or JobState.Failed or JobState.Cancelled;
}

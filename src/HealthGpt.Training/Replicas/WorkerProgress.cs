namespace HealthGpt.Training.Replicas;

/// <summary>What a replica reports of itself.</summary>
public sealed record WorkerProgress
{
    /// <summary>Where it stands.</summary>
    public required WorkerState State { get; init; }

    /// <summary>Generation of the group it joined last; 0 before the first.</summary>
    public required long Generation { get; init; }

    /// <summary>Steps of the job it has applied.</summary>
    public required long CommittedSteps { get; init; }

    /// <summary>Steps that were done when the group it joined last began to train, for the last time: from a checkpoint, a peer, or by itself before.</summary>
    public long StepsAtStart { get; init; }

    /// <summary>How often the group it joined last has begun to train: 0 before it does, more than once where it went back to a checkpoint.</summary>
    public int Starts { get; init; }

    /// <summary>Why it is aborted or failed.</summary>
    public string? Error { get; init; }

    /// <summary>Whether it failed of something that every other worker would meet too: the job cannot go on.</summary>
    public bool FailsJob { get; init; }

    /// <summary>Whether what it failed of is in the job file, which has to be corrected.</summary>
    public bool IsOfJobFile { get; init; }

    /// <summary>Where peers reach it, host:port; empty until it listens.</summary>
    public required string EndPoint { get; init; }

    /// <summary>All that the bits of a result depend on; empty until it is prepared.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>SHA-256 over all weights of the finished job.</summary>
    public string? WeightsSha256 { get; init; }

    /// <summary>Folder of the finished model.</summary>
    public string? ModelFolder { get; init; }

    /// <summary>Steps committed after the one asked for.</summary>
    public required IReadOnlyList<StepRecord> Steps { get; init; }

    /// <summary>The newest checkpoint this replica wrote or read.</summary>
    public WrittenCheckpoint? Checkpoint { get; init; }

    /// <summary>Why the last checkpoint could not be written, or the newest not be read; null where all is well. Training goes on.</summary>
    public string? CheckpointProblem { get; init; }

    /// <summary>The first samples that were left out, as name and reason; no file is named.</summary>
    public IReadOnlyList<string> BadSamples { get; init; } = [];

    /// <summary>How many were left out.</summary>
    public int BadSampleCount { get; init; }

    /// <summary>Tasks of the model's plugins that go with other vocabulary weights than the trained ones, and are not in the model that this replica has written.</summary>
    public IReadOnlyList<string> LeftOutPlugins { get; init; } = [];
}

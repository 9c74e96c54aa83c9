namespace HealthGpt.Cluster.Abstractions.Training;

/// <summary>What a worker tells its trainer, unasked on a change and each time it is asked.</summary>
[GenerateSerializer, Immutable]
public sealed record WorkerReport
{
    /// <summary>The worker's lease.</summary>
    [Id(0)]
    public required string Lease { get; init; }

    /// <summary>What the worker is doing.</summary>
    [Id(1)]
    public required WorkerCondition Condition { get; init; }

    /// <summary>The generation that it last joined, 0 before the first.</summary>
    [Id(2)]
    public long Generation { get; init; }

    /// <summary>Steps that it has committed.</summary>
    [Id(3)]
    public long CommittedSteps { get; init; }

    /// <summary>Why its group broke or it failed, or null.</summary>
    [Id(4)]
    public string? Error { get; init; }

    /// <summary>Where its peers reach it, as host:port.</summary>
    [Id(5)]
    public string EndPoint { get; init; } = "";

    /// <summary>The SHA-256 of its trained tensors once it is completed.</summary>
    [Id(6)]
    public string? WeightsSha256 { get; init; }

    /// <summary>The folder of the trained model, from rank 0 once it is completed.</summary>
    [Id(7)]
    public string? ModelFolder { get; init; }

    /// <summary>The folder of the last complete checkpoint it has written or read, or null.</summary>
    [Id(8)]
    public string? Checkpoint { get; init; }

    /// <summary>Steps committed after the one that the caller named.</summary>
    [Id(9)]
    public IReadOnlyList<StepReport> Steps { get; init; } = [];

    /// <summary>The last step in <see cref="Checkpoint"/>.</summary>
    [Id(10)]
    public long CheckpointStep { get; init; }

    /// <summary>Whether it failed of something that every other worker would meet too: the job cannot go on.</summary>
    [Id(11)]
    public bool FailsJob { get; init; }

    /// <summary>Samples that it leaves out, or null while it knows of none.</summary>
    [Id(12)]
    public LeftOutSamples? LeftOutSamples { get; init; }

    /// <summary>Why its last checkpoint could not be written, or the newest not be read; null where all is well.</summary>
    [Id(13)]
    public string? CheckpointProblem { get; init; }

    /// <summary>Steps that were done when its group began to train, for the last time: from a checkpoint, a peer, or by itself before.</summary>
    [Id(14)]
    public long StepsAtStart { get; init; }

    /// <summary>How often its group has begun to train: 0 before it does, more than once where it went back to a checkpoint.</summary>
    [Id(15)]
    public int Starts { get; init; }

    /// <summary>Tasks of the model's plugins that go with other vocabulary weights than the trained ones, from rank 0 once it is completed.</summary>
    [Id(16)]
    public IReadOnlyList<string> LeftOutPlugins { get; init; } = [];
}

namespace HealthGpt.Cluster.Abstractions.Training;

/// <summary>A committed step of training.</summary>
[GenerateSerializer, Immutable]
public sealed record StepReport
{
    /// <summary>The step's number over all stages, from 1.</summary>
    [Id(0)]
    public required long Step { get; init; }

    /// <summary><c>alignment</c>, <c>adaptation</c> or <c>instruction</c>.</summary>
    [Id(1)]
    public required string Stage { get; init; }

    /// <summary>The phase of the stage: <c>comprehension</c>, <c>generation</c>, <c>mixed</c> or a task's name.</summary>
    [Id(2)]
    public required string Phase { get; init; }

    /// <summary>The step's number in its phase, from 1.</summary>
    [Id(3)]
    public required int PhaseStep { get; init; }

    /// <summary>Mean negative log-likelihood of the batch's answer tokens, in nats.</summary>
    [Id(4)]
    public required double Loss { get; init; }

    /// <summary>The norm of the reduced gradient before clipping.</summary>
    [Id(5)]
    public required double GradientNorm { get; init; }

    /// <summary>The learning rate of the step.</summary>
    [Id(6)]
    public required double LearningRate { get; init; }

    /// <summary>Answer tokens of the global batch.</summary>
    [Id(7)]
    public required int Tokens { get; init; }

    /// <summary>How long the step took.</summary>
    [Id(8)]
    public required double Seconds { get; init; }

    /// <summary>How much of <see cref="Seconds"/> went into waiting for data, or into preparing it when it was needed.</summary>
    [Id(9)]
    public double DataSeconds { get; init; }

    /// <summary>Whether nothing of it was applied, because its loss or gradient was infinite or not a number.</summary>
    [Id(10)]
    public bool Skipped { get; init; }

    /// <summary>The first samples of a skipped step's batch, at most <see cref="LeftOutSamples.MaxShown"/>, while they are known; no file is named.</summary>
    [Id(11)]
    public IReadOnlyList<string> SkippedSamples { get; init; } = [];
}

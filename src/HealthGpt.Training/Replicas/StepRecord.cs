namespace HealthGpt.Training.Replicas;

/// <summary>What one committed step did.</summary>
public sealed record StepRecord
{
    /// <summary>Number of the step over the whole job, from 1.</summary>
    public required long Step { get; init; }

    /// <summary>Stage it belongs to.</summary>
    public required string Stage { get; init; }

    /// <summary>Phase within the stage.</summary>
    public required string Name { get; init; }

    /// <summary>Number of the step within the phase, from 1.</summary>
    public required int PhaseStep { get; init; }

    /// <summary>Mean cross entropy of the global batch's answer tokens, in nats, before the step.</summary>
    public required double Loss { get; init; }

    /// <summary>Norm of the gradient before clipping.</summary>
    public required double GradientNorm { get; init; }

    /// <summary>The largest learning rate of the step.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Answer tokens of the global batch.</summary>
    public required int Tokens { get; init; }

    /// <summary>How long it took on the worker that recorded it.</summary>
    public required double Seconds { get; init; }

    /// <summary>
    /// How much of <see cref="Seconds"/> the device thread spent on data on that worker: waiting for the next micro-batch, or doing itself what was not prepared ahead.
    /// </summary>
    public double DataSeconds { get; init; }

    /// <summary>Whether nothing of it was applied, because its loss or gradient was infinite or not a number.</summary>
    public bool Skipped { get; init; }

    /// <summary>What was in the batch of a step that was skipped, while this worker remembers; no file is named.</summary>
    public IReadOnlyList<string> SkippedSamples { get; init; } = [];

    /// <summary>Samples of the global batch.</summary>
    public int Samples { get; init; }

    /// <summary>How much of <see cref="Seconds"/> that worker's forward passes took.</summary>
    public double ForwardSeconds { get; init; }

    /// <summary>How much of it its backward passes took.</summary>
    public double BackwardSeconds { get; init; }

    /// <summary>How much of it that worker waited for the exchange of gradients; what went on beside its backward passes is not in it.</summary>
    public double ExchangeSeconds { get; init; }
}

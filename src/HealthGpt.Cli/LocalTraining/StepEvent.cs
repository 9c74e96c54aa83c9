using HealthGpt.Training.Replicas;

namespace HealthGpt.Cli.LocalTraining;

/// <summary>A step's line of events.jsonl.</summary>
internal sealed record StepEvent
{
    public required DateTimeOffset At { get; init; }

    public string Type { get; } = RunEventTypes.Step;

    public required long Step { get; init; }

    public required string Stage { get; init; }

    /// <summary>comprehension, generation, mixed or a task.</summary>
    public required string Phase { get; init; }

    public required int PhaseStep { get; init; }

    public required double Loss { get; init; }

    public required double GradientNorm { get; init; }

    public required double LearningRate { get; init; }

    /// <summary>Answer tokens of the global batch.</summary>
    public required int Tokens { get; init; }

    public required int Samples { get; init; }

    public required double TokensPerSecond { get; init; }

    public required double SamplesPerSecond { get; init; }

    /// <summary>True where nothing of it was applied because it was not finite; null otherwise.</summary>
    public bool? Skipped { get; init; }

    /// <summary>What was in the batch of a skipped step, while it is known; no file is named.</summary>
    public IReadOnlyList<string>? SkippedSamples { get; init; }

    /// <summary>On the worker of rank 0.</summary>
    public required StepSeconds Seconds { get; init; }

    public static StepEvent Of(StepRecord step) => new()
    {
        At = DateTimeOffset.UtcNow,
        Step = step.Step,
        Stage = step.Stage,
        Phase = step.Name,
        PhaseStep = step.PhaseStep,
        Loss = step.Loss,
        GradientNorm = step.GradientNorm,
        LearningRate = step.LearningRate,
        Tokens = step.Tokens,
        Samples = step.Samples,
        TokensPerSecond = Rate(step.Tokens, step.Seconds),
        SamplesPerSecond = Rate(step.Samples, step.Seconds),
        Skipped = step.Skipped ? true : null,
        SkippedSamples = step.SkippedSamples.Count > 0 ? step.SkippedSamples : null,
        Seconds = new StepSeconds
        {
            Step = step.Seconds,
            Data = step.DataSeconds,
            Forward = step.ForwardSeconds,
            Backward = step.BackwardSeconds,
            Exchange = step.ExchangeSeconds,
        },
    };

    private static double Rate(int count, double seconds) => seconds > 0 ? Math.Round(count / seconds, 3) : 0;

    /// <summary>A step's time and its parts. What is neither of these, such as the optimizer, is the rest.</summary>
    internal sealed record StepSeconds
    {
        public required double Step { get; init; }

        public required double Data { get; init; }

        public required double Forward { get; init; }

        public required double Backward { get; init; }

        /// <summary>Waiting for it; what went on beside backward is not in it.</summary>
        public required double Exchange { get; init; }
    }
}

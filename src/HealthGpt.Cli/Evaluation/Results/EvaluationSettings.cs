using HealthGpt.Data.Metrics;
using HealthGpt.Data.Samples;
using HealthGpt.Inference;

namespace HealthGpt.Cli.Evaluation.Results;

/// <summary>How it was measured.</summary>
internal sealed record EvaluationSettings
{
    public required ComputeDevice Device { get; init; }

    public required Precision Precision { get; init; }

    /// <summary>Longest text answer in tokens; null where images are drawn.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>Requests under way at once.</summary>
    public required int Concurrency { get; init; }

    /// <summary>Threads of a tensor operation.</summary>
    public required int Threads { get; init; }

    /// <summary>Most samples that were to be asked; null for all.</summary>
    public int? Limit { get; init; }

    /// <summary>Side in pixels of the images that are compared; null where answers are words.</summary>
    public int? Resolution { get; init; }

    /// <summary>Of the bootstrap, and of the draw of samples.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Draws of the bootstrap.</summary>
    public required int Resamples { get; init; }

    /// <summary>Share of draws within an interval.</summary>
    public required double Confidence { get; init; }

    public static EvaluationSettings Of(EvaluationInput input, EvaluationOptions options, Bootstrap bootstrap, int? resolution) => new()
    {
        Device = options.Device,
        Precision = input.Precision,
        MaxTokens = input.Selection.Task.Kind == TaskKind.Comprehension ? input.MaxTokens : null,
        Concurrency = options.Concurrency,
        Threads = Environment.ProcessorCount,
        Limit = options.Limit,
        Resolution = resolution,
        Seed = bootstrap.Seed,
        Resamples = bootstrap.Resamples,
        Confidence = bootstrap.Confidence,
    };
}

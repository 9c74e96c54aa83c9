using HealthGpt.Cli.Evaluation.Scores;

namespace HealthGpt.Cli.Evaluation.Results;

/// <summary>All metrics of a group of samples.</summary>
internal sealed record GroupFigures
{
    /// <summary>The name of the group of all samples.</summary>
    public const string All = "all";

    /// <summary>"all", or the kind of question.</summary>
    public required string Group { get; init; }

    public required int Samples { get; init; }

    /// <summary>What the reference constantAnswer says to the group's closed questions; null where there are none.</summary>
    public string? ConstantAnswer { get; init; }

    public required IReadOnlyList<MetricFigures> Metrics { get; init; }

    /// <summary><see cref="ConstantAnswer"/> where a metric is of closed questions alone; open ones have another.</summary>
    public string? ConstantAnswerOf(MetricFigures metric) => metric.Metric == TextScore.ClosedAccuracy ? ConstantAnswer : null;
}

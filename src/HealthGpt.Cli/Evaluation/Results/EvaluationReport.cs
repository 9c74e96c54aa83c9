using HealthGpt.Data.Samples;

namespace HealthGpt.Cli.Evaluation.Results;

/// <summary>metrics.json.</summary>
internal sealed record EvaluationReport
{
    /// <summary>What the figures are worth.</summary>
    public string Note { get; init; } = Disclaimer;

    public const string Disclaimer = "Research software, not a medical device. Do not use it for diagnosis or treatment.";

    public required string Task { get; init; }

    public required TaskKind Kind { get; init; }

    public required string Split { get; init; }

    public required DatasetDescription Dataset { get; init; }

    public required ModelDescription Model { get; init; }

    public required IReadOnlyList<PluginDescription> Plugins { get; init; }

    public required EvaluationSettings Settings { get; init; }

    public required SoftwareVersions Versions { get; init; }

    /// <summary>All samples, then each kind of question where there are several.</summary>
    public required IReadOnlyList<GroupFigures> Groups { get; init; }

    /// <summary>Seconds of each part.</summary>
    public required IReadOnlyDictionary<string, double> Seconds { get; init; }
}

using System.Text.Json.Serialization;
using HealthGpt.Data.Samples;

namespace HealthGpt.Cli.Evaluation.Results;

/// <summary>metrics.json.</summary>
internal sealed record EvaluationReport
{
    /// <summary>What the figures are worth.</summary>
    public string Note { get; init; } = Disclaimer;

    public const string Disclaimer = "Research software, not a medical device. Do not use it for diagnosis or treatment.";

    // The percentile bootstrap covers too little where there is little to draw from.
    private const int FewClusters = 10;

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

    /// <summary>How many patients or pictures the samples are of.</summary>
    [JsonIgnore]
    public int Clusters => Groups[0].Metrics.Max(metric => metric.Clusters);

    /// <summary>What to keep in mind of the intervals where there is little to draw from; null where there is enough.</summary>
    [JsonIgnore]
    public string? Caution => Clusters switch
    {
        1 => "All samples are of one patient or picture, so there is no interval: the figures say nothing about others.",
        < FewClusters => $"The samples are of {Clusters} patients or pictures: so few make the intervals too narrow.",
        _ => null,
    };
}

using System.Text.Json.Serialization;

namespace HealthGpt.Cli.Demo.Results;

/// <summary>answers.json.</summary>
internal sealed record DemoReport
{
    /// <summary>What the figures are worth.</summary>
    public string Note { get; init; } = "Held-out slices of the one subject it was trained on: same subject, says nothing about other patients. Research software, not a medical device.";

    public required JobSummary Job { get; init; }

    /// <summary>The silo process that was killed; written also where it is null, and <see cref="NobodyKilled"/> says why.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required KilledSilo? Killed { get; init; }

    /// <summary>Why no process was killed, or null.</summary>
    public required string? NobodyKilled { get; init; }

    public required IReadOnlyList<PhaseLearning> Learning { get; init; }

    public ImageWords? ImageWords { get; init; }

    public required IReadOnlyList<AnsweredQuestion> Questions { get; init; }

    public required ClosedQuestions ClosedQuestions { get; init; }

    public required IReadOnlyList<DrawnImage> Images { get; init; }

    public required PeakMemory Memory { get; init; }

    /// <summary>Seconds of each part of the demo, and in total.</summary>
    public required IReadOnlyDictionary<string, double> Seconds { get; init; }
}

namespace HealthGpt.Cli.Evaluation.Results;

/// <summary>A plugin that was measured.</summary>
internal sealed record PluginDescription
{
    /// <summary>What the results call it.</summary>
    public required string Label { get; init; }

    public required string Task { get; init; }

    public required string Sha256 { get; init; }

    /// <summary>The job that trained it.</summary>
    public string? Job { get; init; }

    /// <summary>The job's step it was taken at.</summary>
    public long? Step { get; init; }

    /// <summary>Answers in words that were cut at the longest length.</summary>
    public required int CutAnswers { get; init; }

    public static PluginDescription Of(EvaluatedPlugin plugin, int cut) => new()
    {
        Label = plugin.Label,
        Task = plugin.Chosen.Card.Task,
        Sha256 = plugin.Sha256,
        Job = plugin.Chosen.Card.Job,
        Step = plugin.Chosen.Card.Step,
        CutAnswers = cut,
    };
}

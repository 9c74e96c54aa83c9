namespace HealthGpt.Cli.LocalTraining;

/// <summary>A line of events.jsonl about anything but a step.</summary>
internal sealed record RunEvent
{
    public DateTimeOffset At { get; init; } = DateTimeOffset.UtcNow;

    /// <summary>One of <see cref="RunEventTypes"/>.</summary>
    public required string Type { get; init; }

    public string? Job { get; init; }

    public long? Generation { get; init; }

    /// <summary>The last committed step it concerns.</summary>
    public long? Step { get; init; }

    /// <summary>Steps of the whole job.</summary>
    public long? Steps { get; init; }

    public string? Worker { get; init; }

    public int? Process { get; init; }

    /// <summary>Names of workers by rank.</summary>
    public IReadOnlyList<string>? Members { get; init; }

    public string? Checkpoint { get; init; }

    public string? WeightsSha256 { get; init; }

    public string? ModelFolder { get; init; }

    /// <summary>How long this run took.</summary>
    public double? Seconds { get; init; }

    /// <summary>In words.</summary>
    public required string Message { get; init; }
}

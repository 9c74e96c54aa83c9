namespace HealthGpt.Cli.Demo;

/// <summary>The silo process that was killed.</summary>
internal sealed record KilledSilo
{
    public required string Silo { get; init; }

    public required int ProcessId { get; init; }

    /// <summary>What ran on it.</summary>
    public required string Held { get; init; }

    /// <summary>Steps that were committed when it died.</summary>
    public required long AfterStep { get; init; }

    /// <summary>The seed of the lot.</summary>
    public required int Seed { get; init; }
}

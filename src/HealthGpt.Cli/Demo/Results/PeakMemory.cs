namespace HealthGpt.Cli.Demo.Results;

/// <summary>The most memory that all processes of the demo held at one moment.</summary>
internal sealed record PeakMemory
{
    /// <summary>Sum of resident sets; pages that processes share count once for each.</summary>
    public required long ResidentBytes { get; init; }

    /// <summary>Sum of proportional sets, where the system tells: a shared page is divided among its sharers. Null elsewhere.</summary>
    public long? ProportionalBytes { get; init; }

    public required int Processes { get; init; }
}

namespace HealthGpt.Cluster.Abstractions.Training;

/// <summary>A worker's place in a group.</summary>
[GenerateSerializer, Immutable]
public sealed record WorkerAssignment
{
    /// <summary>The generation of the group. A worker refuses one below the last it was given.</summary>
    [Id(0)]
    public required long Generation { get; init; }

    /// <summary>The worker's rank: its place in <see cref="Members"/>.</summary>
    [Id(1)]
    public required int Rank { get; init; }

    /// <summary>Every member's end point, by rank.</summary>
    [Id(2)]
    public required IReadOnlyList<string> Members { get; init; }

    /// <summary>What members prove to each other that they belong to this generation; drawn afresh for each.</summary>
    [Id(3)]
    public required string Secret { get; init; }

    /// <summary>Keeps the secret out of logs.</summary>
    public override string ToString() => $"generation {Generation}, rank {Rank} of {Members.Count}";
}

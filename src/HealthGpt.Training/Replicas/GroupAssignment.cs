namespace HealthGpt.Training.Replicas;

/// <summary>A replica's place in a group.</summary>
public sealed record GroupAssignment
{
    /// <summary>Generation of the group; counts up within a job.</summary>
    public required long Generation { get; init; }

    /// <summary>Place of the replica among the members.</summary>
    public required int Rank { get; init; }

    /// <summary>End points of all members in rank order.</summary>
    public required IReadOnlyList<string> Members { get; init; }

    /// <summary>What members prove to each other that they belong to this generation; drawn afresh for each.</summary>
    public required string Secret { get; init; }
}

namespace HealthGpt.Cluster.Abstractions.Training;

/// <summary>Where one rank of a group lives.</summary>
[GenerateSerializer, Immutable]
public sealed record WorkerPlacement
{
    /// <summary>The rank in the present generation.</summary>
    [Id(0)]
    public required int Rank { get; init; }

    /// <summary>The name of the silo.</summary>
    [Id(1)]
    public required string Silo { get; init; }

    /// <summary>The device of that silo, such as <c>cpu:0</c>.</summary>
    [Id(2)]
    public required string Device { get; init; }

    /// <summary>The lease that names silo and device.</summary>
    [Id(3)]
    public required string Lease { get; init; }
}

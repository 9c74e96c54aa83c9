using HealthGpt.Cluster.Abstractions.Devices;

namespace HealthGpt.Cluster.Training;

/// <summary>A worker that could not go on, while others could.</summary>
[GenerateSerializer, Immutable]
internal sealed record WorkerFailure
{
    /// <summary>The lease that it had. Its device, in this incarnation of its silo, is not leased again.</summary>
    [Id(0)]
    public required DeviceLease Lease { get; init; }

    [Id(1)]
    public required DateTimeOffset At { get; init; }

    /// <summary>Rank, place and error in words.</summary>
    [Id(2)]
    public required string Message { get; init; }
}

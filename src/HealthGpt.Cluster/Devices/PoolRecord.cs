using HealthGpt.Cluster.Abstractions.Devices;

namespace HealthGpt.Cluster.Devices;

/// <summary>The pool as it is stored.</summary>
[GenerateSerializer, Immutable]
internal sealed record PoolRecord
{
    /// <summary>Leases ever given; the next lease's id comes from it, so that no id is given twice.</summary>
    [Id(0)]
    public long Given { get; init; }

    [Id(1)]
    public IReadOnlyList<DeviceLease> Leases { get; init; } = [];
}

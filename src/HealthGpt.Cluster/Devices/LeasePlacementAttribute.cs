using Orleans.Placement;

namespace HealthGpt.Cluster.Devices;

/// <summary>Marks a grain that lives where its leased device is; its key is made by <see cref="Abstractions.Devices.LeaseKey"/>.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class LeasePlacementAttribute : PlacementAttribute
{
    /// <summary>Places by lease.</summary>
    public LeasePlacementAttribute()
        : base(new LeasePlacement())
    {
    }
}

namespace HealthGpt.Cluster.Devices;

/// <summary>A device of a living silo.</summary>
internal sealed record PooledDevice(string SiloName, string SiloAddress, string Device, bool TakesLeases)
{
    public bool IsOfKind(string? kind) => kind is null || Device.StartsWith(kind + ":", StringComparison.Ordinal);
}

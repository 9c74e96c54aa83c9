namespace HealthGpt.Cluster.Abstractions.Devices;

/// <summary>Leases the cluster's devices to jobs and to serving. There is one, with the key <see cref="Key"/>.</summary>
public interface IDevicePoolGrain : IGrainWithStringKey
{
    /// <summary>The key of the one pool.</summary>
    const string Key = "cluster";

    /// <summary>Leases free devices, spread over as many silos as possible; fewer than asked for, or none, if there are not enough.</summary>
    /// <param name="owner">Who will hold them, such as <c>job/brain-t1</c>.</param>
    /// <param name="kind">The kind of device, such as <c>cpu</c>, or null for any.</param>
    /// <param name="count">The most devices to lease.</param>
    /// <param name="except">Leases, held or ended, whose devices the owner does not want again; a restarted silo's devices are others. Null for none.</param>
    /// <param name="cancellationToken">Gives up waiting for the answer.</param>
    Task<IReadOnlyList<DeviceLease>> LeaseAsync(
        string owner, string? kind, int count, IReadOnlyList<DeviceLease>? except = null, CancellationToken cancellationToken = default);

    /// <summary>Gives leases back. Unknown or ended ones are passed over.</summary>
    Task ReleaseAsync(IReadOnlyList<string> leases, CancellationToken cancellationToken = default);

    /// <summary>The leases of an owner that still hold; those of ended silos do not.</summary>
    Task<IReadOnlyList<DeviceLease>> GetLeasesAsync(string owner, CancellationToken cancellationToken = default);

    /// <summary>Every device of every living silo.</summary>
    Task<IReadOnlyList<DeviceStatus>> ListAsync(CancellationToken cancellationToken = default);
}

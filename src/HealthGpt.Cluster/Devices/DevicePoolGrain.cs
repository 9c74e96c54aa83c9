using HealthGpt.Cluster.Abstractions.Devices;
using HealthGpt.Cluster.Hosting;
using Orleans.Storage;

namespace HealthGpt.Cluster.Devices;

/// <summary>
/// Keeps the book of leases. Should the cluster for a while have two pools, the stored book decides: the one whose write comes second loses it, and ends.
/// </summary>
internal sealed class DevicePoolGrain(
    [PersistentState("pool", HealthGptStorage.Name)] IPersistentState<PoolRecord> stored, ClusterDevices cluster) : Grain, IDevicePoolGrain
{
    public async Task<IReadOnlyList<DeviceLease>> LeaseAsync(
        string owner, string? kind, int count, IReadOnlyList<DeviceLease>? except = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(owner);
        ArgumentOutOfRangeException.ThrowIfNegative(count);

        var before = await WithoutEndedAsync(cancellationToken);
        var after = LeaseBook.Lease(before, cluster.List(), owner, kind, count, except);
        await SaveAsync(after, cancellationToken);
        return after.Leases.Skip(before.Leases.Count).ToArray();
    }

    public Task ReleaseAsync(IReadOnlyList<string> leases, CancellationToken cancellationToken = default) =>
        SaveAsync(LeaseBook.Release(stored.State, leases), cancellationToken);

    public async Task<IReadOnlyList<DeviceLease>> GetLeasesAsync(string owner, CancellationToken cancellationToken = default)
    {
        await DropEndedAsync(cancellationToken);
        return stored.State.Leases.Where(lease => lease.Owner == owner).ToArray();
    }

    public async Task<IReadOnlyList<DeviceStatus>> ListAsync(CancellationToken cancellationToken = default)
    {
        await DropEndedAsync(cancellationToken);
        var statuses = from device in cluster.List()
                       orderby device.SiloName, device.Device
                       select new DeviceStatus
                       {
                           SiloName = device.SiloName,
                           SiloAddress = device.SiloAddress,
                           Device = device.Device,
                           Lease = stored.State.Leases.FirstOrDefault(lease => lease.SiloAddress == device.SiloAddress && lease.Device == device.Device),
                       };
        return statuses.ToArray();
    }

    private async Task DropEndedAsync(CancellationToken cancellationToken) => await SaveAsync(await WithoutEndedAsync(cancellationToken), cancellationToken);

    private async Task<PoolRecord> WithoutEndedAsync(CancellationToken cancellationToken) =>
        LeaseBook.DropEnded(stored.State, await cluster.GoneAsync(stored.State.Leases.Select(lease => lease.SiloAddress), cancellationToken));

    private async Task SaveAsync(PoolRecord record, CancellationToken cancellationToken)
    {
        if (ReferenceEquals(record, stored.State)) return;

        var before = stored.State;
        stored.State = record;
        try
        {
            await stored.WriteStateAsync(cancellationToken);
        }
        catch (InconsistentStateException)
        {
            stored.State = before;
            DeactivateOnIdle();
            throw;
        }
        catch
        {
            stored.State = before;
            throw;
        }
    }
}

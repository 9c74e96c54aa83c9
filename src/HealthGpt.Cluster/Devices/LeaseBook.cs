using System.Globalization;
using HealthGpt.Cluster.Abstractions.Devices;

namespace HealthGpt.Cluster.Devices;

/// <summary>The pool's rules, as functions from one stored state to the next.</summary>
internal static class LeaseBook
{
    /// <summary>Forgets leases whose silo, in that incarnation, is gone.</summary>
    public static PoolRecord DropEnded(PoolRecord record, IReadOnlySet<string> goneSilos) =>
        record.Leases.Any(lease => goneSilos.Contains(lease.SiloAddress))
            ? record with { Leases = record.Leases.Where(lease => !goneSilos.Contains(lease.SiloAddress)).ToArray() }
            : record;

    public static PoolRecord Release(PoolRecord record, IReadOnlyCollection<string> ids) =>
        record.Leases.Any(lease => ids.Contains(lease.Id))
            ? record with { Leases = record.Leases.Where(lease => !ids.Contains(lease.Id)).ToArray() }
            : record;

    /// <summary>Leases one free device after the other, each on the silo where the owner, then anyone, has the fewest.</summary>
    public static PoolRecord Lease(
        PoolRecord record, IEnumerable<PooledDevice> devices, string owner, string? kind, int count, IReadOnlyList<DeviceLease>? except = null)
    {
        var unwanted = (except ?? []).Select(lease => (lease.SiloAddress, lease.Device)).ToHashSet();
        var candidates = devices
            .Where(device => device.TakesLeases && device.IsOfKind(kind) && !unwanted.Contains((device.SiloAddress, device.Device)))
            .ToList();
        for (var taken = 0; taken < count; taken++)
        {
            var free = candidates.Where(device => !record.Leases.Any(lease => lease.SiloAddress == device.SiloAddress && lease.Device == device.Device));
            var best = free
                .OrderBy(device => record.Leases.Count(lease => lease.SiloAddress == device.SiloAddress && lease.Owner == owner))
                .ThenBy(device => record.Leases.Count(lease => lease.SiloAddress == device.SiloAddress))
                .ThenBy(device => device.SiloName, StringComparer.Ordinal)
                .ThenBy(device => device.Device, StringComparer.Ordinal)
                .FirstOrDefault();
            if (best is null) break;

            record = Add(record, best, owner);
        }

        return record;
    }

    private static PoolRecord Add(PoolRecord record, PooledDevice device, string owner)
    {
        var given = record.Given + 1;
        var lease = new DeviceLease
        {
            Id = "lease-" + given.ToString(CultureInfo.InvariantCulture),
            SiloAddress = device.SiloAddress,
            SiloName = device.SiloName,
            Device = device.Device,
            Owner = owner,
        };
        return record with { Given = given, Leases = record.Leases.Append(lease).ToArray() };
    }
}

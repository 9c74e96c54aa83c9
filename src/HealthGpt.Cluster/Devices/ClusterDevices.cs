using System.Collections.Concurrent;
using Orleans.Runtime;
using Orleans.Runtime.MembershipService.SiloMetadata;

namespace HealthGpt.Cluster.Devices;

/// <summary>What this silo knows of the cluster's silos and their devices.</summary>
internal sealed class ClusterDevices(IClusterMembershipService membership, ISiloMetadataCache metadata)
{
    private readonly ConcurrentDictionary<string, bool> _forgotten = new(StringComparer.Ordinal);

    /// <summary>
    /// Whether an incarnation of a silo is no longer at work, which is final. One that this silo has not heard of may have joined a moment ago, so the
    /// membership table is read: addresses of silos are only ever handed out once they are members, and one that is not there was forgotten since its end.
    /// </summary>
    public async Task<bool> IsGoneAsync(string siloAddress, CancellationToken cancellationToken)
    {
        if (_forgotten.ContainsKey(siloAddress)) return true;

        var silo = SiloAddress.FromParsableString(siloAddress);
        if (StatusOf(silo) is null) await membership.Refresh(cancellationToken: cancellationToken);
        if (StatusOf(silo) is { } status) return status == SiloStatus.Dead;

        _forgotten[siloAddress] = true;
        return true;
    }

    /// <summary>Those of the silos that are gone.</summary>
    public async Task<IReadOnlySet<string>> GoneAsync(IEnumerable<string> siloAddresses, CancellationToken cancellationToken)
    {
        var gone = new HashSet<string>(StringComparer.Ordinal);
        foreach (var silo in siloAddresses.Distinct(StringComparer.Ordinal))
        {
            if (await IsGoneAsync(silo, cancellationToken)) gone.Add(silo);
        }

        return gone;
    }

    public IReadOnlyList<PooledDevice> List() =>
    [
        .. from member in membership.CurrentSnapshot.Members.Values
           where member.Status is not (SiloStatus.Dead or SiloStatus.None)
           from device in DeviceMetadata.Read(metadata.GetSiloMetadata(member.SiloAddress).Metadata)
           select new PooledDevice(member.Name, member.SiloAddress.ToParsableString(), device, member.Status == SiloStatus.Active),
    ];

    private SiloStatus? StatusOf(SiloAddress silo) =>
        membership.CurrentSnapshot.Members.TryGetValue(silo, out var member) && member.Status != SiloStatus.None ? member.Status : null;
}

using Orleans.Runtime;
using Orleans.Runtime.MembershipService.SiloMetadata;

namespace HealthGpt.Cluster.Devices;

/// <summary>What this silo knows of the cluster's silos and their devices.</summary>
internal sealed class ClusterDevices(IClusterMembershipService membership, ISiloMetadataCache metadata)
{
    /// <summary>
    /// Whether an incarnation of a silo can still be at work. One that this silo has not heard of counts as living only until it has looked again, because
    /// addresses of silos are only ever handed out once they are members.
    /// </summary>
    public bool IsGone(string siloAddress)
    {
        var silo = SiloAddress.FromParsableString(siloAddress);
        return !membership.CurrentSnapshot.Members.TryGetValue(silo, out var member) || member.Status is SiloStatus.Dead or SiloStatus.None;
    }

    public ValueTask RefreshAsync(CancellationToken cancellationToken) => membership.Refresh(cancellationToken: cancellationToken);

    public IReadOnlyList<PooledDevice> List() =>
    [
        .. from member in membership.CurrentSnapshot.Members.Values
           where member.Status is not (SiloStatus.Dead or SiloStatus.None)
           from device in DeviceMetadata.Read(metadata.GetSiloMetadata(member.SiloAddress).Metadata)
           select new PooledDevice(member.Name, member.SiloAddress.ToParsableString(), device, member.Status == SiloStatus.Active),
    ];

    public IReadOnlySet<string> LivingSilos() =>
        membership.CurrentSnapshot.Members.Values
            .Where(member => member.Status is not (SiloStatus.Dead or SiloStatus.None))
            .Select(member => member.SiloAddress.ToParsableString())
            .ToHashSet(StringComparer.Ordinal);
}

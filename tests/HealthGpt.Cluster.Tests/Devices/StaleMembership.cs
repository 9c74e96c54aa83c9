using System.Collections.Immutable;
using Orleans.Runtime;
using Orleans.Runtime.MembershipService.SiloMetadata;

namespace HealthGpt.Cluster.Tests.Devices;

/// <summary>A silo's view of the cluster that gossip does not reach: it learns what is in the table only when it looks again.</summary>
internal sealed class StaleMembership : IClusterMembershipService, ISiloMetadataCache
{
    /// <summary>What the membership table holds.</summary>
    public Dictionary<string, SiloStatus> Table { get; } = new(StringComparer.Ordinal);

    public bool IsTableReachable { get; set; } = true;

    public int Refreshes { get; private set; }

    public ClusterMembershipSnapshot CurrentSnapshot { get; private set; } = new(ImmutableDictionary<SiloAddress, ClusterMember>.Empty, new MembershipVersion(1));

    public IAsyncEnumerable<ClusterMembershipSnapshot> MembershipUpdates => throw new NotSupportedException();

    public ValueTask Refresh(MembershipVersion minimumVersion = default, CancellationToken cancellationToken = default)
    {
        Refreshes++;
        if (!IsTableReachable) throw new TimeoutException("the membership table does not answer");

        var members = Table.Select(row => new ClusterMember(SiloAddress.FromParsableString(row.Key), row.Value, row.Key));
        CurrentSnapshot = new(members.ToImmutableDictionary(member => member.SiloAddress), new MembershipVersion(CurrentSnapshot.Version.Value + 1));
        return ValueTask.CompletedTask;
    }

    public Task<bool> TryKill(SiloAddress siloAddress) => throw new NotSupportedException();

    public SiloMetadata GetSiloMetadata(SiloAddress siloAddress) => SiloMetadata.Empty;
}

using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Messaging;

namespace HealthGpt.Cluster.FolderCluster;

/// <summary>Tells clients the gateways of the silos that the folder lists as active.</summary>
internal sealed class FolderGatewayListProvider(IMembershipTable table, IOptions<GatewayOptions> options) : IGatewayListProvider
{
    /// <inheritdoc/>
    public TimeSpan MaxStaleness => options.Value.GatewayListRefreshPeriod;

    /// <inheritdoc/>
    public bool IsUpdatable => true;

    /// <inheritdoc/>
    public Task InitializeGatewayListProvider() => Task.CompletedTask;

    /// <inheritdoc/>
    public async Task<IList<Uri>> GetGatewaysAsync(CancellationToken cancellationToken)
    {
        MembershipTableData data = await table.ReadAllAsync(cancellationToken);
        return [.. data.Members.Select(m => m.Item1).Where(e => e.Status == SiloStatus.Active && e.ProxyPort > 0).Select(GatewayOf)];
    }

    // The interface still demands the older form without a token.

    /// <inheritdoc/>
    public Task<IList<Uri>> GetGateways() => GetGatewaysAsync(CancellationToken.None);

    private static Uri GatewayOf(MembershipEntry entry) =>
        SiloAddress.New(entry.SiloAddress.Endpoint.Address, entry.ProxyPort, entry.SiloAddress.Generation).ToGatewayUri();
}

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Messaging;
using Orleans.Providers;
using Orleans.Runtime.Hosting;
using Orleans.Serialization;
using Orleans.Serialization.Serializers;
using Orleans.Storage;

namespace HealthGpt.Cluster.FolderCluster;

/// <summary>Makes silos and clients of one machine a cluster over one folder, which outlives each of them.</summary>
public static class FolderClusterHosting
{
    /// <summary>The name under which the grain storage is registered; it is the default storage as well.</summary>
    public const string StorageName = "healthgpt";

    // Both cost a few small files. With the defaults (30 s and 60 s) a silo that starts soon after others were killed would wait for them for 90 s.
    private static readonly TimeSpan SignOfLifePeriod = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RefreshPeriod = TimeSpan.FromSeconds(5);

    /// <summary>Keeps membership, grain states (as "healthgpt" and as default) and reminders in <paramref name="folder"/>, which is created where missing.</summary>
    /// <remarks>Sets how often silos publish a sign of life and read the table (5 s); a later Configure of ClusterMembershipOptions wins.</remarks>
    /// <exception cref="FolderClusterException">The folder's name is blank; an unusable folder is refused when the silo starts.</exception>
    public static ISiloBuilder UseFolderCluster(this ISiloBuilder builder, string folder)
    {
        string root = ClusterFolder.Resolve(folder);
        IServiceCollection services = builder.Services;
        AddMembership(services, root);
        services.AddSingleton<IConfigurationValidator, FolderClusterValidator>();
        services.Configure<ClusterMembershipOptions>(o =>
        {
            o.IAmAliveTablePublishTimeout = SignOfLifePeriod;
            o.TableRefreshTimeout = RefreshPeriod;
        });
        AddStorage(services, StorageName);
        AddStorage(services, ProviderConstants.DEFAULT_STORAGE_PROVIDER_NAME);
        services.AddReminders();
        services.AddSingleton<IReminderTable, FolderReminderTable>();
        return builder;
    }

    /// <summary>Finds the gateways of the cluster in <paramref name="folder"/>; the client's cluster id must be that of the silos.</summary>
    /// <exception cref="FolderClusterException">The folder's name is blank.</exception>
    public static IClientBuilder UseFolderCluster(this IClientBuilder builder, string folder)
    {
        string root = ClusterFolder.Resolve(folder);
        AddMembership(builder.Services, root);
        builder.Services.AddSingleton<IGatewayListProvider, FolderGatewayListProvider>();

        // Reading the folder is cheap, and a client must not wait a minute to learn of the silo that replaced a dead one.
        builder.Services.Configure<GatewayOptions>(o => o.GatewayListRefreshPeriod = RefreshPeriod);
        return builder;
    }

    private static void AddMembership(IServiceCollection services, string root)
    {
        services.AddSingleton(s =>
        {
            ClusterOptions cluster = s.GetRequiredService<IOptions<ClusterOptions>>().Value;
            return new ClusterFolder(root, cluster.ClusterId, cluster.ServiceId);
        });
        services.AddSingleton<IMembershipTable, FolderMembershipTable>();
    }

    private static void AddStorage(IServiceCollection services, string name)
    {
        // Orleans' own serializer rather than its default for storage (JSON), because states are records that it already knows how to version.
        services.TryAddKeyedSingleton<IGrainStorageSerializer>(name, static (s, _) => new OrleansGrainStorageSerializer(s.GetRequiredService<Serializer>()));
        services.AddGrainStorage(name, static (s, n) => new FolderGrainStorage(
            n,
            s.GetRequiredService<ClusterFolder>(),
            s.GetRequiredKeyedService<IGrainStorageSerializer>(n),
            s.GetRequiredService<IActivatorProvider>()));
    }
}

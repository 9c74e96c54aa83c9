using Orleans.Concurrency;

namespace HealthGpt.Cluster.Abstractions.Serving;

/// <summary>Which model folder serves which tasks, and on which devices. The key is <see cref="Key"/>.</summary>
public interface IPluginCatalogGrain : IGrainWithStringKey
{
    /// <summary>The key of the one catalog.</summary>
    const string Key = "default";

    /// <summary>Serves a model folder from now on, in place of what was served, and returns at once: poll <see cref="GetStatusAsync"/> until it is ready.</summary>
    /// <param name="modelFolder">An absolute path that every silo can read.</param>
    /// <param name="replicas">How many devices to lease.</param>
    /// <param name="cancellationToken">Gives up waiting for the answer.</param>
    Task<ServingStatus> ServeAsync(string modelFolder, int replicas, CancellationToken cancellationToken = default);

    /// <summary>What is served now.</summary>
    [AlwaysInterleave]
    Task<ServingStatus> GetStatusAsync(CancellationToken cancellationToken = default);

    /// <summary>Ends serving and frees the devices.</summary>
    Task StopAsync(CancellationToken cancellationToken = default);
}

using System.Diagnostics;
using HealthGpt.Cluster.Abstractions.Serving;

namespace HealthGpt.Cli.Connection;

/// <summary>Has a cluster serve a model folder.</summary>
internal static class ModelServing
{
    private static readonly TimeSpan CallDeadline = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LoadDeadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    /// <summary>Has it served in place of what was served, and waits until a replica answers.</summary>
    /// <param name="connection">The cluster.</param>
    /// <param name="modelFolder">An absolute path that every silo can read.</param>
    /// <param name="replicas">How many devices serve it.</param>
    /// <param name="demandAlive">Throws when waiting has become useless.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="CommandException">It is not served; the message has the cluster's reason.</exception>
    public static async Task<ServingStatus> ServeAsync(
        this ClusterConnection connection, string modelFolder, int replicas, Action demandAlive, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        var status = await connection.AskAsync((grains, token) => Catalog(grains).ServeAsync(modelFolder, replicas, token), CallDeadline, cancellationToken);
        while (status.State != ServingState.Ready)
        {
            demandAlive();
            if (status.State == ServingState.Failed || clock.Elapsed > LoadDeadline)
                throw NotServed(modelFolder, status);
            await Task.Delay(Pause, cancellationToken);
            status = await connection.AskAsync((grains, token) => Catalog(grains).GetStatusAsync(token), CallDeadline, cancellationToken);
        }

        return status;
    }

    private static IPluginCatalogGrain Catalog(IGrainFactory grains) => grains.GetGrain<IPluginCatalogGrain>(IPluginCatalogGrain.Key);

    private static CommandException NotServed(string modelFolder, ServingStatus status) => new(
        ExitCodes.Failed,
        $"the model in '{modelFolder}' is not served",
        status.Error ?? $"it is {status.State} after {LoadDeadline.TotalSeconds:0} s",
        "look into the silos' logs");
}

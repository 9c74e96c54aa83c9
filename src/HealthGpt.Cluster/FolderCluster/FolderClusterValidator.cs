namespace HealthGpt.Cluster.FolderCluster;

/// <summary>Refuses an unusable folder before the silo joins or takes a device.</summary>
internal sealed class FolderClusterValidator(ClusterFolder folder) : IConfigurationValidator
{
    /// <inheritdoc/>
    public void ValidateConfiguration() => folder.Prepare();
}

using Xunit;

namespace HealthGpt.Cluster.Tests.FolderCluster;

internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("healthgpt-folder-").FullName;

    public string Only(string pattern) => Assert.Single(Directory.GetFiles(Path, pattern, SearchOption.AllDirectories));

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

namespace HealthGpt.Storage.Locations;

/// <summary>A place in a container of Azure Blob Storage.</summary>
/// <param name="Account">The storage account.</param>
/// <param name="Container">The container.</param>
/// <param name="BlobPath">What names of blobs begin with, without a slash at its end; empty for the container itself.</param>
public sealed record BlobAddress(string Account, string Container, string BlobPath) : ArtifactAddress
{
    /// <inheritdoc/>
    public override BlobAddress Under(string name) => this with { BlobPath = BlobPath.Length == 0 ? name : $"{BlobPath}/{name}" };

    /// <summary><c>azblob://account/container/path</c>.</summary>
    public override string ToString() => BlobPath.Length == 0 ? $"azblob://{Account}/{Container}" : $"azblob://{Account}/{Container}/{BlobPath}";
}

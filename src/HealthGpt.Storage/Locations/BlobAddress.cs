namespace HealthGpt.Storage.Locations;

/// <summary>A place in a container of Azure Blob Storage.</summary>
/// <param name="Account">The storage account.</param>
/// <param name="Container">The container.</param>
/// <param name="BlobPath">What names of blobs begin with, without a slash at its end; empty for the container itself.</param>
public sealed record BlobAddress(string Account, string Container, string BlobPath) : ArtifactAddress
{
    private const string Scheme = "azblob://";

    /// <summary>What names of the blobs inside begin with.</summary>
    internal string Prefix => BlobPath.Length == 0 ? "" : BlobPath + "/";

    /// <summary>Whether a text begins as one does.</summary>
    public static bool IsOne(string text) => text.StartsWith(Scheme, StringComparison.Ordinal);

    /// <summary>The address that <see cref="ToString"/> gave.</summary>
    public static BlobAddress FromText(string text) =>
        text[Scheme.Length..].Split('/', 3) is [var account, var container, .. var path]
            ? new BlobAddress(account, container, path.Length == 0 ? "" : path[0])
            : throw new FormatException($"'{text}' is no address");

    /// <inheritdoc/>
    public override BlobAddress Under(string name) => this with { BlobPath = Prefix + name };

    /// <summary><c>azblob://account/container/path</c>.</summary>
    public override string ToString() => BlobPath.Length == 0 ? $"{Scheme}{Account}/{Container}" : $"{Scheme}{Account}/{Container}/{BlobPath}";
}

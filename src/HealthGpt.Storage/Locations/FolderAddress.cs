namespace HealthGpt.Storage.Locations;

/// <summary>A folder of a file system.</summary>
/// <param name="FolderPath">Its absolute path.</param>
public sealed record FolderAddress(string FolderPath) : ArtifactAddress
{
    /// <inheritdoc/>
    public override FolderAddress Under(string name) => new(Path.Combine(FolderPath, name));

    /// <summary>The path.</summary>
    public override string ToString() => FolderPath;
}

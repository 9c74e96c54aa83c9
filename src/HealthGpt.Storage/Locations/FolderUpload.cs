namespace HealthGpt.Storage.Locations;

/// <summary>Copies a local folder with all below it to a place of artifacts, the file that names the others last.</summary>
public static class FolderUpload
{
    /// <summary>Replaces what is there: its manifest goes first and the new one comes last, so that no mixture of both exists.</summary>
    /// <param name="folder">The local folder.</param>
    /// <param name="manifest">Name of the file that makes it one, directly inside.</param>
    /// <param name="target">The place.</param>
    /// <param name="cancellationToken">Leaves the place without a manifest.</param>
    public static async Task RunAsync(string folder, string manifest, ArtifactLocation target, CancellationToken cancellationToken)
    {
        await target.DeleteAsync(manifest, cancellationToken);
        await target.DeleteAllAsync(cancellationToken);
        await CopyAsync(new DirectoryInfo(folder), manifest, target, cancellationToken);
        await CopyAsync(new FileInfo(Path.Combine(folder, manifest)), target, cancellationToken);
    }

    private static async Task CopyAsync(DirectoryInfo folder, string? except, ArtifactLocation target, CancellationToken cancellationToken)
    {
        foreach (var file in folder.EnumerateFiles().Where(file => file.Name != except)) await CopyAsync(file, target, cancellationToken);
        foreach (var inner in folder.EnumerateDirectories()) await CopyAsync(inner, null, target.Under(inner.Name), cancellationToken);
    }

    private static async Task CopyAsync(FileInfo file, ArtifactLocation target, CancellationToken cancellationToken)
    {
        var content = file.OpenRead();
        await using (content) await target.WriteAsync(file.Name, content, cancellationToken);
    }
}

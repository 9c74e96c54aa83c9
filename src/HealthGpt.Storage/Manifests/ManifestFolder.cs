using System.Security.Cryptography;
using System.Text.Json;
using HealthGpt.Storage.Files;

namespace HealthGpt.Storage.Manifests;

/// <summary>
/// A folder of files that exists only once it is whole: the files are written first and <c>manifest.json</c>, which names each with its length and
/// SHA-256, last. A folder whose manifest is missing or does not match its files counts as not there.
/// </summary>
public sealed class ManifestFolder
{
    /// <summary>Name of the manifest.</summary>
    public const string ManifestName = "manifest.json";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private ManifestFolder(string path, ManifestDocument manifest)
    {
        FolderPath = path;
        Files = manifest.Files;
        Metadata = manifest.Metadata;
    }

    /// <summary>Absolute path of the folder.</summary>
    public string FolderPath { get; }

    /// <summary>The files in it.</summary>
    public IReadOnlyList<ManifestEntry> Files { get; }

    /// <summary>What the writer noted beside them.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Writes a folder: files first, manifest last. An earlier content of the same folder stops existing first.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="files">Names and contents.</param>
    /// <param name="metadata">What to note beside them.</param>
    /// <param name="cancellationToken">Leaves the folder without a manifest.</param>
    /// <returns>The written folder.</returns>
    public static async Task<ManifestFolder> WriteAsync(
        string path,
        IEnumerable<KeyValuePair<string, ReadOnlyMemory<byte>>> files,
        IReadOnlyDictionary<string, string> metadata,
        CancellationToken cancellationToken)
    {
        var folder = Path.GetFullPath(path);
        Directory.CreateDirectory(folder);
        var manifestPath = Path.Combine(folder, ManifestName);
        File.Delete(manifestPath);
        var entries = new List<ManifestEntry>();
        foreach (var (name, bytes) in files)
        {
            RequirePlainName(name);
            await AtomicFile.WriteAsync(Path.Combine(folder, name), bytes, cancellationToken);
            entries.Add(new ManifestEntry(name, bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes.Span))));
        }

        var manifest = new ManifestDocument { Files = entries, Metadata = metadata };
        await AtomicFile.WriteAsync(manifestPath, JsonSerializer.SerializeToUtf8Bytes(manifest, Json), cancellationToken);
        return new ManifestFolder(folder, manifest);
    }

    /// <summary>Opens a folder after checking each of its files against the manifest.</summary>
    /// <param name="path">The folder.</param>
    /// <returns>The folder; null when it does not exist or is not whole.</returns>
    public static ManifestFolder? TryOpen(string path)
    {
        var folder = Path.GetFullPath(path);
        try
        {
            var manifest = JsonSerializer.Deserialize<ManifestDocument>(File.ReadAllBytes(Path.Combine(folder, ManifestName)), Json);
            return manifest is not null && manifest.Files.All(entry => Matches(folder, entry)) ? new ManifestFolder(folder, manifest) : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>Reads one file whole.</summary>
    /// <param name="name">A name of the manifest.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <returns>Its bytes.</returns>
    public Task<byte[]> ReadAsync(string name, CancellationToken cancellationToken) =>
        File.ReadAllBytesAsync(Path.Combine(FolderPath, name), cancellationToken);

    private static bool Matches(string folder, ManifestEntry entry)
    {
        RequirePlainName(entry.Name);
        using var stream = File.OpenRead(Path.Combine(folder, entry.Name));
        return stream.Length == entry.Length && Convert.ToHexStringLower(SHA256.HashData(stream)) == entry.Sha256;
    }

    private static void RequirePlainName(string name)
    {
        if (name.Length == 0 || name != Path.GetFileName(name) || name is "." or ".." or ManifestName)
            throw new ArgumentException($"'{name}' is not a file name a manifest can hold; use a plain name without folders.", nameof(name));
    }
}

using System.Security.Cryptography;
using System.Text.Json;
using HealthGpt.Storage.Locations;

namespace HealthGpt.Storage.Manifests;

/// <summary>
/// A folder of files that exists only once it is whole: the files are written first and <c>manifest.json</c>, which names each with its length and
/// SHA-256, last. A folder without a valid manifest counts as not there.
/// </summary>
public sealed class ManifestFolder
{
    /// <summary>Name of the manifest.</summary>
    public const string ManifestName = "manifest.json";

    private const int MostManifestBytes = 16 << 20;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, RespectNullableAnnotations = true };

    private readonly ArtifactLocation _location;

    private ManifestFolder(ArtifactLocation location, ManifestDocument manifest)
    {
        _location = location;
        Files = manifest.Files;
        Metadata = manifest.Metadata;
    }

    /// <summary>Where it is.</summary>
    public ArtifactAddress Address => _location.Address;

    /// <summary>The files in it.</summary>
    public IReadOnlyList<ManifestEntry> Files { get; }

    /// <summary>What the writer noted beside them.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>
    /// Writes a folder: files first, manifest last. An earlier content of the same folder stays until then if none of its files has the name of a new one; otherwise it stops
    /// existing first.
    /// </summary>
    /// <param name="location">The folder.</param>
    /// <param name="files">Names and contents, at least one.</param>
    /// <param name="metadata">What to note beside them.</param>
    /// <param name="cancellationToken">Leaves the folder without a new manifest.</param>
    /// <returns>The written folder.</returns>
    public static async Task<ManifestFolder> WriteAsync(
        ArtifactLocation location,
        IReadOnlyCollection<KeyValuePair<string, ReadOnlyMemory<byte>>> files,
        IReadOnlyDictionary<string, string> metadata,
        CancellationToken cancellationToken)
    {
        if (files.Count == 0) throw new ArgumentException("A manifest that names no file cannot be told from a damaged one; give at least one file.", nameof(files));
        foreach (var (name, _) in files) PlainName.Require(name);
        if (files.Any(file => file.Key == ManifestName)) throw new ArgumentException($"'{ManifestName}' is the name of the manifest itself; give the file another.", nameof(files));
        var present = await location.ListFilesAsync(cancellationToken);
        if (present.Any(file => files.Any(written => written.Key == file.Name))) await location.DeleteAsync(ManifestName, cancellationToken);
        var entries = new List<ManifestEntry>();
        foreach (var (name, bytes) in files)
        {
            await location.WriteAsync(name, bytes, cancellationToken);
            entries.Add(new ManifestEntry(name, bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes.Span))));
        }

        var manifest = new ManifestDocument { Files = entries, Metadata = metadata };
        await location.WriteAsync(ManifestName, JsonSerializer.SerializeToUtf8Bytes(manifest, Json), cancellationToken);
        return new ManifestFolder(location, manifest);
    }

    /// <summary>Reads a folder's manifest; the files are looked at when they are read.</summary>
    /// <param name="location">The folder.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The folder; null where there is no manifest.</returns>
    /// <exception cref="DamagedArtifactException">There is one that says nothing, or names no file.</exception>
    public static async Task<ManifestFolder?> FindAsync(ArtifactLocation location, CancellationToken cancellationToken)
    {
        if (await location.ReadAsync(ManifestName, MostManifestBytes, cancellationToken) is not { } bytes) return null;
        try
        {
            if (JsonSerializer.Deserialize<ManifestDocument>(bytes, Json) is { Files.Count: > 0 } manifest && AreFiles(manifest.Files)) return new ManifestFolder(location, manifest);
            throw new JsonException("no files, names or lengths that no file has, or a file twice");
        }
        catch (JsonException error)
        {
            throw new DamagedArtifactException(location.Address.Under(ManifestName), "a manifest", $"{bytes.Length} bytes that are none ({error.Message})", error);
        }
    }

    /// <summary>Opens a folder after checking each of its files against the manifest.</summary>
    /// <param name="location">The folder.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The folder; null when it does not exist or is not whole.</returns>
    public static async Task<ManifestFolder?> TryOpenAsync(ArtifactLocation location, CancellationToken cancellationToken)
    {
        try
        {
            var found = await FindAsync(location, cancellationToken);
            foreach (var entry in found?.Files ?? []) await found!.ReadAsync(entry, cancellationToken);
            return found;
        }
        catch (DamagedArtifactException)
        {
            return null;
        }
    }

    /// <summary>Whether every file is there with its length; their bytes are not read.</summary>
    /// <param name="cancellationToken">Stops the look.</param>
    public async Task<bool> IsCompleteAsync(CancellationToken cancellationToken)
    {
        var present = (await _location.ListFilesAsync(cancellationToken)).ToDictionary(file => file.Name, file => file.Length);
        return Files.All(entry => present.TryGetValue(entry.Name, out var length) && length == entry.Length);
    }

    /// <summary>Reads one file whole and checks it.</summary>
    /// <param name="entry">One of <see cref="Files"/>.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <returns>Its bytes.</returns>
    /// <exception cref="DamagedArtifactException">It is not what the manifest says, or is gone; nothing is read of one of another length.</exception>
    public async Task<byte[]> ReadAsync(ManifestEntry entry, CancellationToken cancellationToken)
    {
        var address = _location.Address.Under(entry.Name);
        var length = await _location.LengthAsync(entry.Name, cancellationToken);
        if (length != entry.Length) throw new DamagedArtifactException(address, $"{entry.Length} bytes", length is { } other ? $"{other} bytes" : "no such file");
        var bytes = await ReadAsync(entry, address, cancellationToken);
        var hash = Convert.ToHexStringLower(SHA256.HashData(bytes));
        return hash == entry.Sha256 ? bytes : throw new DamagedArtifactException(address, $"SHA-256 {entry.Sha256}", hash);
    }

    private async Task<byte[]> ReadAsync(ManifestEntry entry, ArtifactAddress address, CancellationToken cancellationToken)
    {
        try
        {
            return await _location.ReadAsync(entry.Name, entry.Length, cancellationToken) ?? throw new DamagedArtifactException(address, $"{entry.Length} bytes", "no such file");
        }
        catch (IOException error) when (error is not ArtifactException)
        {
            throw new DamagedArtifactException(address, $"{entry.Length} bytes", $"a file that cannot be read ({error.Message})", error);
        }
    }

    // What nobody has written with this: a list may hold null whatever its type says.
    private static bool AreFiles(IReadOnlyList<ManifestEntry?> entries) =>
        entries.All(entry => entry is { Length: >= 0 } && IsName(entry.Name)) && entries.DistinctBy(entry => entry!.Name).Count() == entries.Count;

    private static bool IsName(string name) => name != ManifestName && PlainName.IsOne(name);
}

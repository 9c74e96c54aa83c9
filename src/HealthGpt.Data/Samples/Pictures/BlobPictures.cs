using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using HealthGpt.Data.Images;
using HealthGpt.Storage.Blobs;
using HealthGpt.Storage.Locations;

namespace HealthGpt.Data.Samples.Pictures;

/// <summary>
/// Pictures in Azure Blob Storage, by their address. Each is asked for once a process, as long as it is remembered, and comes over the network only where the local cache has
/// not the present version of it. Safe to use from several threads.
/// </summary>
internal sealed class BlobPictures(Func<StorageAccess> access, PictureCache? cache)
{
    private const int MostRemembered = 1 << 16;

    private readonly Lazy<BlobReader> _reader = new(() => new BlobReader(access()));
    private readonly ConcurrentDictionary<string, (string Version, long Length)> _known = new(StringComparer.Ordinal);

    // What a picture of the most pixels needs uncompressed, and more.
    private static readonly long MostBytes = (4L * new ImageReadOptions().MaximumPixels) + (1 << 20);

    /// <summary>Those of this process.</summary>
    public static BlobPictures Shared { get; } = new(() => StorageAccess.FromEnvironment, PictureCache.Default);

    /// <summary>Whether anything lies below an address.</summary>
    public bool HasAny(BlobAddress address) => _reader.Value.HasAny(address, CancellationToken.None);

    /// <summary>Brings a picture into the cache.</summary>
    /// <returns>Whether it exists.</returns>
    /// <exception cref="ArtifactException">It cannot be fetched.</exception>
    public bool Fetch(string path) => _known.ContainsKey(path) || TryRead(path) is not null;

    /// <summary>Reads a picture.</summary>
    /// <exception cref="ArtifactException">It does not exist or cannot be fetched.</exception>
    public byte[] Read(string path) => TryRead(path) ?? throw new ArtifactException($"'{path}' does not exist", ArtifactFault.Missing);

    /// <summary>What tells whether a picture changed: its length and a number of its version.</summary>
    /// <exception cref="ArtifactException">It does not exist or cannot be fetched.</exception>
    public (long Length, long Version) StateOf(string path)
    {
        (string Version, long Length) known;
        // What is remembered may be forgotten at any time.
        while (!_known.TryGetValue(path, out known)) _ = Read(path);
        return (known.Length, BitConverter.ToInt64(SHA256.HashData(Encoding.UTF8.GetBytes(known.Version))));
    }

    private byte[]? TryRead(string path)
    {
        var held = cache?.TryRead(path);
        if (held is { } kept && _known.TryGetValue(path, out var known) && known.Version == kept.Version) return kept.Bytes;
        if (_reader.Value.Read(BlobAddress.FromText(path), held?.Version, MostBytes, CancellationToken.None) is not { } answer) return null;
        if (answer.Bytes is not null) cache?.Write(path, answer.Version, answer.Bytes);
        var bytes = answer.Bytes ?? held!.Value.Bytes;
        if (_known.Count >= MostRemembered) _known.Clear();
        _known[path] = (answer.Version, bytes.Length);
        return bytes;
    }
}

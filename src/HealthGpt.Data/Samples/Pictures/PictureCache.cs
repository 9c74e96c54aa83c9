using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using HealthGpt.Storage.Files;

namespace HealthGpt.Data.Samples.Pictures;

/// <summary>
/// A folder that keeps pictures from elsewhere, up to a number of bytes; those that were not used for the longest time go first. A file holds the version of its picture and the
/// SHA-256 of all of it, and appears by rename: neither a killed writer nor a full disk leaves a picture that is read. Processes share it, and it can be deleted at any time.
/// </summary>
internal sealed class PictureCache
{
    private const string LimitVariable = "HEALTHGPT_PICTURE_CACHE_MB";
    private const long DefaultMegabytes = 4096;
    private const string TemporarySuffix = ".tmp~";
    private const int VersionAt = SHA256.HashSizeInBytes + sizeof(ushort);

    private static readonly TimeSpan TouchedEvery = TimeSpan.FromHours(1);

    private readonly string _folder;
    private readonly long _mostBytes;
    private readonly Lock _gate = new();
    private long? _held;

    /// <param name="folder">The folder, made when the first picture is kept.</param>
    /// <param name="mostBytes">What is kept at most, not counting what other processes add meanwhile.</param>
    public PictureCache(string folder, long mostBytes) => (_folder, _mostBytes) = (folder, mostBytes);

    /// <summary>In the folder of all caches, with at most HEALTHGPT_PICTURE_CACHE_MB megabytes (4096); null where there is no such folder.</summary>
    public static PictureCache? Default { get; } = CacheFolder.Default is { } caches ? new PictureCache(Path.Combine(caches, "pictures"), Limit() << 20) : null;

    /// <summary>Reads a picture.</summary>
    /// <param name="name">Its address.</param>
    /// <returns>Its version and its bytes; null where it is not kept, or not whole.</returns>
    public (string Version, byte[] Bytes)? TryRead(string name)
    {
        var path = PathOf(name);
        try
        {
            var file = File.ReadAllBytes(path);
            if (file.Length < VersionAt || !SHA256.HashData(file.AsSpan(SHA256.HashSizeInBytes)).AsSpan().SequenceEqual(file.AsSpan(0, SHA256.HashSizeInBytes))) return null;
            var bytesAt = VersionAt + BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(SHA256.HashSizeInBytes));
            Touch(path);
            return (Encoding.UTF8.GetString(file, VersionAt, bytesAt - VersionAt), file[bytesAt..]);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Keeps a picture; does nothing where that is not possible.</summary>
    /// <param name="name">Its address.</param>
    /// <param name="version">Its version.</param>
    /// <param name="bytes">Its bytes.</param>
    public void Write(string name, string version, ReadOnlySpan<byte> bytes)
    {
        var path = PathOf(name);
        var temporary = $"{path}.{Guid.NewGuid():N}{TemporarySuffix}";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(temporary, Content(version, bytes));
            File.Move(temporary, path, overwrite: true);
            Bound(bytes.Length + VersionAt + version.Length);
        }
        catch (Exception error) when (FileLimit.IsOfFile(error))
        {
            // What cannot be kept is fetched again next time.
            TryDelete(temporary);
        }
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It was not even made.
        }
    }

    private static byte[] Content(string version, ReadOnlySpan<byte> bytes)
    {
        var named = Encoding.UTF8.GetBytes(version);
        var content = new byte[VersionAt + named.Length + bytes.Length];
        BinaryPrimitives.WriteUInt16LittleEndian(content.AsSpan(SHA256.HashSizeInBytes), checked((ushort)named.Length));
        named.CopyTo(content, VersionAt);
        bytes.CopyTo(content.AsSpan(VersionAt + named.Length));
        SHA256.HashData(content.AsSpan(SHA256.HashSizeInBytes), content);
        return content;
    }

    private void Bound(long added)
    {
        lock (_gate)
        {
            _held = _held is { } held ? held + added : Files().Sum(file => file.Length);
            if (_held <= _mostBytes) return;
            _held = 0;
            foreach (var file in Files().OrderByDescending(file => file.LastWriteTimeUtc).ToList())
            {
                // A tenth stays free, so that the folder is not listed for every picture.
                if (_held + file.Length <= _mostBytes / 10 * 9) _held += file.Length;
                else file.Delete();
            }
        }
    }

    private IEnumerable<FileInfo> Files() => new DirectoryInfo(_folder).EnumerateFiles("*", SearchOption.AllDirectories);

    private static void Touch(string path)
    {
        if (File.GetLastWriteTimeUtc(path) < DateTime.UtcNow - TouchedEvery) File.SetLastWriteTimeUtc(path, DateTime.UtcNow);
    }

    // Three digits of hash as folders keep each folder small.
    private string PathOf(string name)
    {
        var key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..40];
        return Path.Combine(_folder, key[..3], key);
    }

    private static long Limit() =>
        long.TryParse(Environment.GetEnvironmentVariable(LimitVariable), out var megabytes) && megabytes is > 0 and < 1L << 40 ? megabytes : DefaultMegabytes;
}

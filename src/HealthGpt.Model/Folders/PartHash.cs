using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using System.Text;
using HealthGpt.Model.Weights;
using HealthGpt.Storage.Files;

namespace HealthGpt.Model.Folders;

/// <summary>The hash by which a manifest names a part.</summary>
public static class PartHash
{
    private const int Block = 1 << 20;

    /// <summary>SHA-256 of a file, or of a folder's lines <c>hash  relative/path</c>, sorted by path; lower-case hexadecimal.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="cancellationToken">Stops between two blocks.</param>
    public static string Of(string path, CancellationToken cancellationToken = default)
    {
        if (!Directory.Exists(path)) return OfFile(path, cancellationToken);

        var files = FolderFiles.Of(path).ToList();
        var hashes = new (string, string)[files.Count];
        // Shards at a time, as one thread hashes more slowly than a disk reads.
        try
        {
            Parallel.For(0, files.Count, at => hashes[at] = (Path.GetRelativePath(path, files[at]).Replace('\\', '/'), OfFile(files[at], cancellationToken)));
        }
        catch (AggregateException error)
        {
            ExceptionDispatchInfo.Throw(error.InnerExceptions[0]);
        }

        return OfList(hashes);
    }

    /// <summary>The hash of a folder's files, from their relative paths and hashes.</summary>
    internal static string OfList(IEnumerable<(string Name, string Sha256)> files) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
        string.Concat(files.OrderBy(file => file.Name, StringComparer.Ordinal).Select(file => $"{file.Sha256}  {file.Name}\n")))));

    /// <summary>Refuses a part that is missing or is not the one its manifest names.</summary>
    /// <param name="name">What the manifest calls the part.</param>
    /// <param name="path">The part's file or folder.</param>
    /// <param name="expected">The manifest's hash.</param>
    /// <param name="cancellationToken">Stops between two blocks.</param>
    /// <exception cref="WeightFileException">It names the part, its place, both hashes and what to do.</exception>
    internal static void Require(string name, string path, string expected, CancellationToken cancellationToken = default)
    {
        string found;
        try
        {
            found = Of(path, cancellationToken);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new WeightFileException(path, $"is the model's part '{name}', but cannot be read: {FileTrouble.WithPath(error)}. Copy the model again, with the parts it refers to.", error);
        }

        if (!string.Equals(found, expected, StringComparison.OrdinalIgnoreCase))
            throw new WeightFileException(path, $"is the model's part '{name}', whose SHA-256 must be {expected} by {ModelManifest.FileName}, but is {found}; it was changed or copied by half, or a file of it is missing or was added. Copy it again from where it came.");
    }

    /// <summary>SHA-256 of a file; lower-case hexadecimal.</summary>
    internal static string OfFile(string path, CancellationToken cancellationToken = default)
    {
        if (OrdinaryFile.LengthOf(path) == 0) return Convert.ToHexStringLower(SHA256.HashData([]));
        using var file = File.OpenHandle(path, options: FileOptions.SequentialScan);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var block = new byte[Math.Min(Block, Math.Max(1, RandomAccess.GetLength(file)))];
        for (var at = 0L; RandomAccess.Read(file, block, at) is > 0 and var read; at += read)
        {
            cancellationToken.ThrowIfCancellationRequested();
            hash.AppendData(block, 0, read);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

using System.Security.Cryptography;
using System.Text;
using HealthGpt.Data.Samples.Indexing;
using HealthGpt.Storage.Files;

namespace HealthGpt.Data.Samples;

/// <summary>
/// The folder that keeps the indexes of samples files, so that each file is read whole only once. It can be deleted at any time, and many processes may share it.
/// </summary>
/// <param name="folder">The folder, made when the first index is written; null to keep nothing.</param>
public sealed class SampleCache(string? folder)
{
    private const string Suffix = ".index";

    private static readonly TimeSpan Unused = TimeSpan.FromDays(30);

    /// <summary>HEALTHGPT_CACHE where it is set, otherwise healthgpt in the user's cache folder (XDG_CACHE_HOME, ~/.cache).</summary>
    public static SampleCache Default { get; } = new(CacheFolder.Default is { } caches ? Path.Combine(caches, "samples") : null);

    /// <summary>Opens the index of a source, and makes it first if there is none, the samples file changed, or the index has bad samples and none are wanted.</summary>
    /// <returns>The samples; null if there are problems.</returns>
    /// <exception cref="IOException">The samples file cannot be read, has no bytes, or changed meanwhile.</exception>
    internal IndexedSource? Open(DatasetSource source, BadLines badLines, List<DatasetProblem> problems, CancellationToken cancellationToken)
    {
        if (OrdinaryFile.LengthOf(source.SamplesPath) == 0)
            throw new IOException(OrdinaryFile.Refusal);
        // A dataset may be open for days; what is written meanwhile is noticed when it is read.
        var samples = new FileStream(source.SamplesPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        IndexedSource? opened = null;
        try
        {
            return opened = folder is not null && CanWrite(folder)
                ? Open(source, badLines, samples, folder, problems, cancellationToken)
                : MakeTemporary(source, badLines, samples, problems, cancellationToken);
        }
        finally
        {
            if (opened is null)
                samples.Dispose();
        }
    }

    private static IndexedSource? TryOpen(DatasetSource source, BadLines badLines, FileStream samples, string path, bool fresh = false)
    {
        bool Serves(IndexFooter footer) => footer.Problems == 0 || (badLines == BadLines.Kept && (fresh || !footer.IsDoubtful));

        if (!File.Exists(path))
            return null;
        FileStream? index = null;
        try
        {
            index = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            if (IndexFooter.Read(index) is { } footer && Serves(footer) && footer.Samples == SamplesFingerprint.Of(samples.SafeFileHandle))
            {
                MarkUsed(path);
                return new IndexedSource(source, samples.SafeFileHandle, index, footer);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // An index that cannot be read is made anew.
        }

        index?.Dispose();
        return null;
    }

    private static IndexedSource? Open(
        DatasetSource source, BadLines badLines, FileStream samples, string folder, List<DatasetProblem> problems, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, NameOf(source) + Suffix);
        if (TryOpen(source, badLines, samples, path) is { } known)
            return known;
        using var indexer = new SourceIndexer(source, badLines, problems, cancellationToken);
        try
        {
            AtomicFile.Write(path, index =>
            {
                if (!indexer.Write(samples, index))
                    throw new UnusableException();
            });
        }
        catch (UnusableException)
        {
            return null;
        }

        RemoveUnused(folder);
        return TryOpen(source, badLines, samples, path, fresh: true) ?? throw new IOException($"'{source.SamplesPath}' or its index '{path}' changed while it was opened; start again");
    }

    // Where nothing can be kept, the index lives as long as the dataset.
    private static IndexedSource? MakeTemporary(
        DatasetSource source, BadLines badLines, FileStream samples, List<DatasetProblem> problems, CancellationToken cancellationToken)
    {
        var index = new FileStream(Path.GetTempFileName(), FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 16, FileOptions.DeleteOnClose);
        IndexedSource? opened = null;
        try
        {
            using var indexer = new SourceIndexer(source, badLines, problems, cancellationToken);
            if (!indexer.Write(samples, index))
                return null;
            index.Flush();
            return opened = IndexFooter.Read(index) is { } footer ? new IndexedSource(source, samples.SafeFileHandle, index, footer) : null;
        }
        finally
        {
            if (opened is null)
                index.Dispose();
        }
    }

    private static bool CanWrite(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            File.Create(Path.Combine(folder, $".{Guid.NewGuid():N}"), 1, FileOptions.DeleteOnClose).Dispose();
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static void RemoveUnused(string folder)
    {
        try
        {
            AtomicFile.RemoveLeftovers(folder, TimeSpan.FromDays(1));
            foreach (var file in Directory.EnumerateFiles(folder, "*" + Suffix).Where(file => File.GetLastWriteTimeUtc(file) < DateTime.UtcNow - Unused))
                File.Delete(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Another process may be doing the same.
        }
    }

    private static void MarkUsed(string path)
    {
        try
        {
            if (File.GetLastWriteTimeUtc(path) < DateTime.UtcNow - TimeSpan.FromDays(1))
                File.SetLastWriteTimeUtc(path, DateTime.UtcNow);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A cache that is only read is as good.
        }
    }

    // All that decides what the samples mean, so that two datasets may read one file differently.
    private static string NameOf(DatasetSource source)
    {
        string?[] parts = [source.SamplesPath, source.Root, source.Task.Name, $"{source.Task.Kind}", source.Task.Prompt, source.Split, source.SplitWithoutField];
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', parts.Select(part => part ?? "\u0001")))))[..32];
    }

    private sealed class UnusableException : Exception;
}

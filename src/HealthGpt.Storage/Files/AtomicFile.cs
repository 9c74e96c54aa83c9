using System.Runtime.ExceptionServices;

namespace HealthGpt.Storage.Files;

/// <summary>Replaces whole files: a reader sees the old content or the new, never a part, also after a crash or a power cut.</summary>
public static class AtomicFile
{
    private const string TemporarySuffix = ".tmp~";

    /// <summary>Writes a file, replacing what was there.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="bytes">Its new content.</param>
    /// <exception cref="IOException">It cannot be written; what was there stays.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written; what was there stays.</exception>
    public static void Write(string path, ReadOnlySpan<byte> bytes) => Write(path, bufferSize: 0, bytes, static (stream, bytes) => stream.Write(bytes));

    /// <summary>Writes a file that is too large for memory, replacing what was there.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="write">Puts its new content into the stream. Where it throws, what was there stays.</param>
    /// <exception cref="IOException">It cannot be written; what was there stays.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written; what was there stays.</exception>
    public static void Write(string path, Action<Stream> write) =>
        Write(path, bufferSize: 1 << 16, write, static (stream, write) => write(stream));

    /// <summary>Writes a file that is too large for memory where there is none, also none that another process has written meanwhile.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="write">Puts its content into the stream. Where it throws, there is no file.</param>
    /// <exception cref="IOException">It cannot be written, or there is a file by then, which stays as it is.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public static void WriteUnlessThere(string path, Action<Stream> write) =>
        Write(path, bufferSize: 1 << 16, write, static (stream, write) => write(stream), replaces: false);

    /// <summary>Writes a file, replacing what was there.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="bytes">Its new content.</param>
    /// <param name="cancellationToken">Leaves what was there.</param>
    /// <exception cref="IOException">It cannot be written; what was there stays.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written; what was there stays.</exception>
    public static async Task WriteAsync(string path, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        var temporary = TemporaryNameFor(path);
        try
        {
            await using (var stream = Create(temporary, path, bufferSize: 0, FileOptions.Asynchronous))
            {
                await stream.WriteAsync(bytes, cancellationToken);
                stream.Flush(flushToDisk: true);
            }

            cancellationToken.ThrowIfCancellationRequested();
            Publish(temporary, path);
        }
        catch (Exception error)
        {
            Undo(temporary, path, error);
        }
    }

    /// <summary>Deletes a file durably; a missing one is no error.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">It cannot be deleted.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be deleted.</exception>
    public static void Delete(string path)
    {
        if (!File.Exists(path)) return;
        File.Delete(path);
        FolderSync.Flush(FolderOf(path));
    }

    /// <summary>Removes the temporary files that killed writers left.</summary>
    /// <param name="folder">Where, and below.</param>
    /// <param name="age">Younger ones stay: their writers may still be at work.</param>
    public static void RemoveLeftovers(string folder, TimeSpan age)
    {
        foreach (var file in Directory.EnumerateFiles(folder, "*" + TemporarySuffix, SearchOption.AllDirectories))
            if (File.GetLastWriteTimeUtc(file) < DateTime.UtcNow - age) TryDelete(file);
    }

    private static void Write<T>(string path, int bufferSize, T content, Action<Stream, T> write, bool replaces = true)
        where T : allows ref struct
    {
        var temporary = TemporaryNameFor(path);
        try
        {
            using (var stream = Create(temporary, path, bufferSize))
            {
                write(stream, content);
                stream.Flush(flushToDisk: true);
            }

            Publish(temporary, path, replaces);
        }
        catch (Exception error)
        {
            Undo(temporary, path, error);
        }
    }

    // With the rights of the file that it replaces: what only its owner may read stays so.
    private static FileStream Create(string temporary, string path, int bufferSize, FileOptions kind = FileOptions.None)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, BufferSize = bufferSize, Options = kind };
        if (OperatingSystem.IsWindows() || !File.Exists(path)) return new FileStream(temporary, options);
        options.UnixCreateMode = File.GetUnixFileMode(path);
        var stream = new FileStream(temporary, options);
        // The process' mask takes rights away from new files.
        File.SetUnixFileMode(stream.SafeFileHandle, options.UnixCreateMode.Value);
        return stream;
    }

    private static void Undo(string temporary, string path, Exception error)
    {
        TryDelete(temporary);
        ExceptionDispatchInfo.Throw(ErrorOf(path, temporary, error) ?? error);
    }

    // The temporary file's name would tell nobody what is wrong.
    private static Exception? ErrorOf(string path, string temporary, Exception error)
    {
        var message = error.Message.Replace(temporary, path, StringComparison.Ordinal);
        return error switch
        {
            UnauthorizedAccessException => new UnauthorizedAccessException(message, error),
            PathTooLongException => new PathTooLongException(message, error),
            DirectoryNotFoundException => new DirectoryNotFoundException(message, error),
            IOException when error.GetType() == typeof(IOException) && message != error.Message => new IOException(message, error) { HResult = error.HResult },
            _ => FileLimit.ErrorOf(path, error),
        };
    }

    private static void Publish(string temporary, string path, bool replaces = true)
    {
        File.Move(temporary, path, replaces);
        FolderSync.Flush(FolderOf(path));
    }

    // In the same folder, because a rename is atomic only within one file system; without the file's own name, which may be as long as a name can be.
    private static string TemporaryNameFor(string path) => Path.Combine(FolderOf(path), $".{Guid.NewGuid():N}{TemporarySuffix}");

    private static string FolderOf(string path) => Path.GetDirectoryName(Path.GetFullPath(path)) ?? path;

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The failure that brought us here says more; a leftover is ignored by readers and removed later.
        }
    }
}

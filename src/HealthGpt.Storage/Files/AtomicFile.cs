namespace HealthGpt.Storage.Files;

/// <summary>Replaces whole files: a reader sees the old content or the new, never a part, also after a crash or a power cut.</summary>
public static class AtomicFile
{
    private const string TemporarySuffix = ".tmp~";

    /// <summary>Writes <paramref name="bytes"/> to <paramref name="path"/>, replacing what was there.</summary>
    public static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        string temporary = TemporaryNameFor(path);
        try
        {
            using (var stream = Create(temporary, path, bufferSize: 0))
            {
                stream.Write(bytes);
                stream.Flush(flushToDisk: true);
            }

            Publish(temporary, path);
        }
        catch (Exception e)
        {
            TryDelete(temporary);
            if (ErrorOf(path, temporary, e) is { } named)
                throw named;
            throw;
        }
    }

    /// <summary>Writes what <paramref name="write"/> puts into the stream to <paramref name="path"/>, replacing what was there, for files too large for memory.</summary>
    public static void Write(string path, Action<Stream> write)
    {
        string temporary = TemporaryNameFor(path);
        try
        {
            using (var stream = Create(temporary, path, bufferSize: 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            Publish(temporary, path);
        }
        catch (Exception e)
        {
            TryDelete(temporary);
            if (ErrorOf(path, temporary, e) is { } named)
                throw named;
            throw;
        }
    }

    /// <summary>Writes <paramref name="bytes"/> to <paramref name="path"/>, replacing what was there. A cancelled write leaves the old content.</summary>
    public static async Task WriteAsync(string path, ReadOnlyMemory<byte> bytes, CancellationToken ct)
    {
        string temporary = TemporaryNameFor(path);
        try
        {
            var stream = Create(temporary, path, bufferSize: 0, FileOptions.Asynchronous);
            await using (stream)
            {
                await stream.WriteAsync(bytes, ct);
                stream.Flush(flushToDisk: true);
            }

            ct.ThrowIfCancellationRequested();
            Publish(temporary, path);
        }
        catch (Exception e)
        {
            TryDelete(temporary);
            if (ErrorOf(path, temporary, e) is { } named)
                throw named;
            throw;
        }
    }

    /// <summary>Deletes <paramref name="path"/> durably; a missing file is no error.</summary>
    public static void Delete(string path)
    {
        if (!File.Exists(path))
            return;
        File.Delete(path);
        FolderSync.Flush(FolderOf(path));
    }

    /// <summary>Removes the temporary files that killed writers left in <paramref name="folder"/> and below, if they are older than <paramref name="age"/>.</summary>
    /// <remarks>The age keeps the files of writers that are still at work.</remarks>
    public static void RemoveLeftovers(string folder, TimeSpan age)
    {
        foreach (string file in Directory.EnumerateFiles(folder, "*" + TemporarySuffix, SearchOption.AllDirectories))
        {
            if (File.GetLastWriteTimeUtc(file) < DateTime.UtcNow - age)
                TryDelete(file);
        }
    }

    // With the rights of the file that it replaces: what only its owner may read stays so.
    private static FileStream Create(string temporary, string path, int bufferSize, FileOptions kind = FileOptions.None)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, BufferSize = bufferSize, Options = kind };
        if (OperatingSystem.IsWindows() || !File.Exists(path))
            return new FileStream(temporary, options);
        options.UnixCreateMode = File.GetUnixFileMode(path);
        var stream = new FileStream(temporary, options);
        // The process' mask takes rights away from new files.
        File.SetUnixFileMode(stream.SafeFileHandle, options.UnixCreateMode.Value);
        return stream;
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

    private static void Publish(string temporary, string path)
    {
        File.Move(temporary, path, overwrite: true);
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
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The failure that brought us here says more; a leftover is ignored by readers and removed later.
        }
    }
}

using System.Collections.Concurrent;
using System.Diagnostics;

namespace HealthGpt.Storage.Files;

/// <summary>
/// An exclusive lock on a file, between processes and between threads of one. The operating system frees it when its holder dies; the file itself stays,
/// because deleting it would let two holders lock two different files of one name.
/// </summary>
public sealed class FolderLock : IDisposable
{
    private static readonly ConcurrentDictionary<string, SemaphoreSlim> Gates = new(StringComparer.Ordinal);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(20);

    private readonly SemaphoreSlim _gate;
    private FileStream? _stream;

    private FolderLock(SemaphoreSlim gate, FileStream stream) => (_gate, _stream) = (gate, stream);

    /// <summary>What the file holds, for its holder alone.</summary>
    /// <exception cref="ObjectDisposedException">The lock is free again.</exception>
    public Stream Content => _stream ?? throw new ObjectDisposedException(nameof(FolderLock));

    /// <summary>Takes the lock unless somebody has it.</summary>
    /// <param name="path">The file, which is created where it is missing (its folder is not).</param>
    /// <returns>The lock; null where another process or thread has it.</returns>
    /// <exception cref="IOException">The file cannot be opened, or its file system has no locks.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public static FolderLock? TryTake(string path)
    {
        try
        {
            // Without a wait there is nothing that another thread does.
            return AcquireAsync(path, TimeSpan.Zero, CancellationToken.None).GetAwaiter().GetResult();
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    /// <summary>Takes the lock, when it is free.</summary>
    /// <param name="path">The file, which is created where it is missing (its folder is not).</param>
    /// <param name="timeout">How long to wait for it.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <exception cref="TimeoutException">Another holder kept the lock for so long.</exception>
    /// <exception cref="IOException">The file cannot be opened, or its file system has no locks.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public static async Task<FolderLock> AcquireAsync(string path, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var fullPath = Path.GetFullPath(path);
        var start = Stopwatch.GetTimestamp();

        // Threads of this process queue in order; only the first of them polls the file.
        var gate = Gates.GetOrAdd(fullPath, static _ => new SemaphoreSlim(1, 1));
        if (!await gate.WaitAsync(timeout, cancellationToken)) throw Busy(fullPath, timeout);
        try
        {
            return new FolderLock(gate, await OpenAsync(fullPath, start, timeout, cancellationToken));
        }
        catch
        {
            gate.Release();
            throw;
        }
    }

    /// <summary>Frees the lock.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _stream, null) is not { } stream) return;
        stream.Dispose();
        _gate.Release();
    }

    private static async Task<FileStream> OpenAsync(string path, long start, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var pause = FirstPause;
        while (true)
        {
            if (TryOpen(path) is { } stream) return Checked(stream, path);
            if (timeout != Timeout.InfiniteTimeSpan && Stopwatch.GetElapsedTime(start) >= timeout) throw Busy(path, timeout);
            await Task.Delay(pause, cancellationToken);
            pause = pause < LongestPause ? pause * 2 : LongestPause;
        }
    }

    private static FileStream? TryOpen(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (IOException error) when (IsHeldElsewhere(error))
        {
            return null;
        }
    }

    // EAGAIN of Linux, EWOULDBLOCK of macOS, and the sharing and lock violations of Windows.
    private static bool IsHeldElsewhere(IOException error) => error.HResult is 11 or 35 or unchecked((int)0x80070020) or unchecked((int)0x80070021);

    // The runtime goes on without a lock where the file system has none (some network mounts): opening a second time must fail.
    private static FileStream Checked(FileStream stream, string path)
    {
        if (TryOpen(path) is not { } second) return stream;
        second.Dispose();
        stream.Dispose();
        throw new IOException(
            $"'{path}' cannot be locked; its file system does not support file locks, or they are switched off "
            + "(DOTNET_SYSTEM_IO_DISABLEFILELOCKING); use a folder on a local disk.");
    }

    private static TimeoutException Busy(string path, TimeSpan timeout) => new(
        $"'{path}' could not be locked within {timeout.TotalSeconds:0.###} s; another process or thread holds it; "
        + $"wait for it or end it (on Linux `fuser '{path}'` names it), then try again.");
}

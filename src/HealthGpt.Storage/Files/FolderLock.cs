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

    private FolderLock(SemaphoreSlim gate, FileStream stream)
    {
        _gate = gate;
        _stream = stream;
    }

    /// <summary>Takes the lock on the file <paramref name="path"/>, which is created where it is missing (its folder is not).</summary>
    /// <exception cref="TimeoutException">Another holder kept the lock for <paramref name="timeout"/>.</exception>
    /// <exception cref="IOException">The file cannot be opened, or its file system has no locks.</exception>
    public static async Task<FolderLock> AcquireAsync(string path, TimeSpan timeout, CancellationToken ct)
    {
        string fullPath = Path.GetFullPath(path);
        long start = Stopwatch.GetTimestamp();

        // Threads of this process queue in order; only the first of them polls the file.
        SemaphoreSlim gate = Gates.GetOrAdd(fullPath, static _ => new SemaphoreSlim(1, 1));
        if (!await gate.WaitAsync(timeout, ct))
            throw Busy(fullPath, timeout);

        try
        {
            FileStream stream = await OpenAsync(fullPath, start, timeout, ct);
            return new FolderLock(gate, stream);
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
        FileStream? stream = Interlocked.Exchange(ref _stream, null);
        if (stream is null)
            return;
        stream.Dispose();
        _gate.Release();
    }

    private static async Task<FileStream> OpenAsync(string path, long start, TimeSpan timeout, CancellationToken ct)
    {
        TimeSpan pause = FirstPause;
        while (true)
        {
            if (TryOpen(path) is { } stream)
                return Checked(stream, path);
            if (timeout != Timeout.InfiniteTimeSpan && Stopwatch.GetElapsedTime(start) >= timeout)
                throw Busy(path, timeout);
            await Task.Delay(pause, ct);
            pause = pause < LongestPause ? pause * 2 : LongestPause;
        }
    }

    private static FileStream? TryOpen(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (IOException e) when (IsHeldElsewhere(e))
        {
            return null;
        }
    }

    // EAGAIN of Linux, EWOULDBLOCK of macOS, and the sharing and lock violations of Windows.
    private static bool IsHeldElsewhere(IOException e) => e.HResult is 11 or 35 or unchecked((int)0x80070020) or unchecked((int)0x80070021);

    // The runtime goes on without a lock where the file system has none (some network mounts): opening a second time must fail.
    private static FileStream Checked(FileStream stream, string path)
    {
        if (TryOpen(path) is not { } second)
            return stream;
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

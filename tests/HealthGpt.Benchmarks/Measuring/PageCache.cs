using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace HealthGpt.Benchmarks.Measuring;

/// <summary>What the operating system holds of a file in memory.</summary>
internal static partial class PageCache
{
    private const int DontNeed = 4;

    /// <summary>Forgets a file, so that the next to read it reads the disk (posix_fadvise with POSIX_FADV_DONTNEED).</summary>
    public static void Drop(string path)
    {
        using var file = File.OpenHandle(path, access: FileAccess.ReadWrite);
        // Pages that are not written yet are not dropped.
        RandomAccess.FlushToDisk(file);
        var error = Advise(file, 0, 0, DontNeed);
        if (error != 0) throw new IOException($"the page cache of '{path}' cannot be dropped: {new Win32Exception(error).Message}");
    }

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int Advise(SafeFileHandle file, long offset, long length, int advice);
}

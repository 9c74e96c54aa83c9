using System.Runtime.InteropServices;

namespace HealthGpt.Collectives.SharedMemory;

/// <summary>How large a file this process may have (RLIMIT_FSIZE). A file that outgrows it costs the process a signal that ends it, so one asks first.</summary>
internal static partial class FileSizeLimit
{
    private const int FileSize = 1;

    /// <summary>Demands that a file may have so many bytes.</summary>
    /// <exception cref="IOException">It may not.</exception>
    public static void Demand(long bytes)
    {
        if (Read(FileSize, out Limit limit) == 0 && limit.Soft < (ulong)bytes)
            throw new IOException($"a segment has {bytes} bytes, but a file of this process at most {limit.Soft} (RLIMIT_FSIZE); raise it with ulimit -f");
    }

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int Read(int resource, out Limit limit);

    private readonly struct Limit
    {
        public readonly ulong Soft;
        public readonly ulong Hard;
    }
}

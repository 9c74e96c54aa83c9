using System.Runtime.InteropServices;

namespace HealthGpt.Storage.Files;

/// <summary>Makes renames in a folder durable. On Linux and macOS a rename is safe from a power cut only once the folder itself is flushed.</summary>
internal static partial class FolderSync
{
    private const int ReadOnly = 0;

    /// <summary>Flushes the entries of a folder to the disk, where that is possible.</summary>
    /// <param name="folder">The folder.</param>
    public static void Flush(string folder)
    {
        if (OperatingSystem.IsWindows()) return;

        // .NET refuses to open a folder as a file, so the system is asked itself. The rename is done: that this user may not read the folder, or that its file system cannot flush one
        // (EINVAL), must not make a write fail that everybody sees.
        var descriptor = Open(folder, ReadOnly);
        if (descriptor < 0) return;
        _ = Sync(descriptor);
        _ = Close(descriptor);
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int Sync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}

using System.Runtime.InteropServices;

namespace HealthGpt.Storage.Files;

/// <summary>Makes renames in a folder durable. On Linux and macOS a rename is safe from a power cut only once the folder itself is flushed.</summary>
internal static class FolderSync
{
    private const int ReadOnly = 0;

    /// <summary>Flushes the entries of <paramref name="folder"/> to the disk.</summary>
    public static void Flush(string folder)
    {
        if (OperatingSystem.IsWindows())
            return;

        // .NET refuses to open a folder as a file, so the system is asked itself.
        int descriptor = Open(folder, ReadOnly);
        if (descriptor < 0)
            return;
        _ = Sync(descriptor);
        _ = Close(descriptor);
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Sync(int descriptor);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int descriptor);
}

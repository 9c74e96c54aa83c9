namespace HealthGpt.Model.Folders;

/// <summary>Whether a disk has room for what is about to be written.</summary>
public static class DiskSpace
{
    /// <summary>Asks for room before anything is written.</summary>
    /// <param name="folder">A folder on the disk; it need not be there yet.</param>
    /// <param name="bytes">The bytes that will be written.</param>
    /// <exception cref="DiskSpaceException">There is less room.</exception>
    public static void Require(string folder, long bytes)
    {
        var existing = Path.GetFullPath(folder);
        while (!Directory.Exists(existing)) existing = Path.GetDirectoryName(existing)!;
        var free = new DriveInfo(existing).AvailableFreeSpace;
        if (free < bytes) throw new DiskSpaceException(folder, bytes, free);
    }
}

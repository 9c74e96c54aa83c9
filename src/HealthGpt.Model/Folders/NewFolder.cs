namespace HealthGpt.Model.Folders;

/// <summary>A folder that appears whole or not at all: it is written beside its place and moved there last.</summary>
public static class NewFolder
{
    /// <summary>Writes a folder.</summary>
    /// <param name="target">Its place, where nothing or an empty folder must be.</param>
    /// <param name="write">Writes into the folder it is given; the folder is moved to its place where this answers true, else deleted.</param>
    /// <exception cref="FolderNotEmptyException">There is something at its place.</exception>
    public static void Write(string target, Func<string, bool> write)
    {
        target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(target));
        RequireEmpty(target);
        var fresh = target + ".writing";
        if (Directory.Exists(fresh)) Directory.Delete(fresh, recursive: true);
        try
        {
            Directory.CreateDirectory(fresh);
            if (!write(fresh)) return;
            RequireEmpty(target);
            if (Directory.Exists(target)) Directory.Delete(target);
            Directory.Move(fresh, target);
        }
        finally
        {
            if (Directory.Exists(fresh)) Directory.Delete(fresh, recursive: true);
        }
    }

    /// <summary>Refuses a place where something is.</summary>
    /// <exception cref="FolderNotEmptyException">There is something.</exception>
    public static void RequireEmpty(string target)
    {
        if (File.Exists(target) || (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any())) throw new FolderNotEmptyException(target);
    }
}

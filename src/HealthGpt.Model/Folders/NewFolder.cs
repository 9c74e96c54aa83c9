using HealthGpt.Storage.Files;

namespace HealthGpt.Model.Folders;

/// <summary>A model folder that appears whole or not at all, where nothing is yet.</summary>
internal static class NewFolder
{
    /// <summary>Writes a folder.</summary>
    /// <param name="target">Its place, where nothing or an empty folder must be; an empty folder is filled.</param>
    /// <param name="write">Writes into the folder it is given; what it wrote is moved to its place where this answers true, else deleted.</param>
    /// <exception cref="FolderNotEmptyException">There is something at its place.</exception>
    /// <exception cref="IOException">This user may not write there.</exception>
    public static void Write(string target, Func<string, bool> write)
    {
        RequireEmpty(target);
        using var staged = new StagedFolder(target);
        if (!write(staged.Path)) return;
        RequireEmpty(target);
        staged.PutInPlace(last: ModelManifest.FileName, replace: false);
    }

    /// <summary>Refuses a place where something is.</summary>
    /// <exception cref="FolderNotEmptyException">There is something.</exception>
    public static void RequireEmpty(string target)
    {
        if (!StagedFolder.IsFree(target)) throw new FolderNotEmptyException(Path.GetFullPath(target));
    }
}

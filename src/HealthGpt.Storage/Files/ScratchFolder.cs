namespace HealthGpt.Storage.Files;

/// <summary>
/// A folder for what is needed for a while, deleted with its owner. One whose process was killed stays behind, and goes when the next of its kind is made: a lock on a file in it,
/// which the operating system frees however its holder ends, tells whether there still is an owner. Numbers of processes would not, where containers share the place.
/// </summary>
public sealed class ScratchFolder : IDisposable
{
    /// <summary>The file in it that its owner holds.</summary>
    public const string MarkName = ".owner";

    private const string Making = ".making";

    // For folders without a mark, for those that are not yet marked, and where locks do not tell.
    private static readonly TimeSpan Forgotten = TimeSpan.FromDays(1);

    private readonly FileStream _mark;

    private ScratchFolder(string path, FileStream mark) => (Path, _mark) = (path, mark);

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>Makes a folder in the system's folder of temporary files, and removes those of the same kind that have no owner any more.</summary>
    /// <param name="prefix">What names of the kind begin with.</param>
    /// <param name="place">Another folder to make it in, which is there.</param>
    /// <exception cref="IOException">It cannot be made.</exception>
    public static ScratchFolder Create(string prefix, string? place = null)
    {
        place ??= System.IO.Path.GetTempPath();
        var made = Make(System.IO.Path.Combine(place, prefix + Guid.NewGuid().ToString("N")), IsShared(place));
        RemoveOwnerless(place, prefix, AreLocksSeen(made.Path, place));
        return made;
    }

    // Unix locks a file a moment after it is there: the folder has a name of which others know that it is young, until its mark is locked. A share may refuse to name a folder with an open file
    // in it anew; there locks do not tell anything either.
    private static ScratchFolder Make(string path, bool shared)
    {
        var made = OperatingSystem.IsWindows() || shared ? path : path + Making;
        MakeForOwner(made);
        FileStream? mark = null;
        try
        {
            mark = new FileStream(System.IO.Path.Combine(made, MarkName), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
            if (made != path) Directory.Move(made, path);
            return new ScratchFolder(path, mark);
        }
        catch
        {
            mark?.Dispose();
            Remove(made);
            throw;
        }
    }

    // Another machine's locks may not be seen.
    private static bool IsShared(string place) => new DriveInfo(place).DriveType == DriveType.Network;

    private static bool AreLocksSeen(string folder, string place)
    {
        if (IsShared(place)) return false;
        try
        {
            using var second = new FileStream(System.IO.Path.Combine(folder, MarkName), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    /// <summary>Deletes the folder with all in it.</summary>
    public void Dispose()
    {
        _mark.Dispose();
        Remove(Path);
    }

    // What was learnt from patients is for nobody else to read.
    private static void MakeForOwner(string path)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static void RemoveOwnerless(string place, string prefix, bool locksAreSeen)
    {
        try
        {
            foreach (var folder in Directory.EnumerateDirectories(place, prefix + "*"))
                if (IsOwnerless(folder, locksAreSeen)) Remove(folder);
        }
        catch (UnauthorizedAccessException)
        {
            // This user may write there and not look.
        }
    }

    private static bool IsOwnerless(string folder, bool locksAreSeen)
    {
        try
        {
            if ((!locksAreSeen || folder.EndsWith(Making, StringComparison.Ordinal)) && IsYoung(folder)) return false;
            using var mark = new FileStream(System.IO.Path.Combine(folder, MarkName), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return true;
        }
        catch (FileNotFoundException)
        {
            return !IsYoung(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Its owner lives, or it is another user's.
            return false;
        }
    }

    private static bool IsYoung(string folder) => DateTime.UtcNow - Directory.GetLastWriteTimeUtc(folder) < Forgotten;

    // What cannot be removed now is tried again by the next.
    private static void Remove(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Gone already, or in use.
        }
    }
}

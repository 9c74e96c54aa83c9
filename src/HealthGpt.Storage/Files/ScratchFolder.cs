namespace HealthGpt.Storage.Files;

/// <summary>
/// A folder for what is needed for a while, deleted with its owner. One whose process was killed stays behind, and goes when the next of its kind is made: a lock on a file in it,
/// which the operating system frees however its holder ends, tells whether there still is an owner. Numbers of processes would not, where containers share the place.
/// </summary>
public sealed class ScratchFolder : IDisposable
{
    /// <summary>The file in it that its owner holds.</summary>
    public const string MarkName = ".owner";

    // For folders of releases that made no mark, and between the making of a folder and of its mark.
    private static readonly TimeSpan Forgotten = TimeSpan.FromDays(1);

    private readonly FileStream _mark;

    private ScratchFolder(string path, FileStream mark) => (Path, _mark) = (path, mark);

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>Makes a folder in the system's folder of temporary files, and removes those of the same kind that have no owner any more.</summary>
    /// <param name="prefix">What names of the kind begin with.</param>
    /// <param name="place">Another folder to make it in, which is there.</param>
    /// <param name="age">How old those must be that are removed.</param>
    /// <exception cref="IOException">It cannot be made.</exception>
    public static ScratchFolder Create(string prefix, string? place = null, TimeSpan age = default)
    {
        place ??= System.IO.Path.GetTempPath();
        foreach (var folder in Directory.EnumerateDirectories(place, prefix + "*"))
            RemoveOwnerless(folder, age);
        var name = Guid.NewGuid().ToString("N");
        var path = System.IO.Path.Combine(place, prefix + name);
        // Unix locks a file a moment after it is there: the folder has the name of its kind, by which others look for those without an owner, only when its mark is locked.
        var made = OperatingSystem.IsWindows() ? path : System.IO.Path.Combine(place, $".{name}.making");
        Make(made);
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

    /// <summary>Deletes the folder with all in it.</summary>
    public void Dispose()
    {
        _mark.Dispose();
        Remove(Path);
    }

    // What was learnt from patients is for nobody else to read.
    private static void Make(string path)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static void RemoveOwnerless(string folder, TimeSpan age)
    {
        try
        {
            if (DateTime.UtcNow - File.GetLastWriteTimeUtc(System.IO.Path.Combine(folder, MarkName)) < age) return;
            using var mark = new FileStream(System.IO.Path.Combine(folder, MarkName), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        }
        catch (FileNotFoundException)
        {
            if (DateTime.UtcNow - Directory.GetLastWriteTimeUtc(folder) < Forgotten) return;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Its owner lives, or it is another user's.
            return;
        }

        Remove(folder);
    }

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

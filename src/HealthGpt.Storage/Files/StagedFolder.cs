namespace HealthGpt.Storage.Files;

/// <summary>
/// A folder that is written in a scratch folder on the disk of its place, and put there when it is whole. Disposed of before, nothing of it is left; what a killed process left goes when the
/// next is written there or beside it, on shares a day later.
/// </summary>
public sealed class StagedFolder : IDisposable
{
    private const string ScratchPrefix = ".healthgpt-writing-";

    private const int LongestName = 255;

    private readonly string _place;
    private readonly string? _made;
    private readonly bool _fills;
    private readonly ScratchFolder? _scratch;

    /// <summary>Makes the folder to write in.</summary>
    /// <param name="place">Where it will be, or a link to that. An empty folder there, be it the root of a disk, stays the one that it is and is filled.</param>
    /// <exception cref="IOException">This user may not write there, or the disk does not let anybody, or the root of a disk would be replaced; the message names the place.</exception>
    public StagedFolder(string place)
    {
        _place = RealPath.Of(place);
        _fills = IsToFill(_place);
        var parent = _fills ? _place : ParentOf(_place);
        if (!_fills && IsMounted(_place)) throw new IOException($"'{_place}': it is the root of a disk and not empty, so that it cannot be replaced; empty it, or name a folder in it");
        if (System.Text.Encoding.UTF8.GetByteCount(System.IO.Path.GetFileName(_place)) > LongestName) throw new IOException($"'{_place}': its name is longer than {LongestName} bytes");
        _made = FirstMissing(parent);
        try
        {
            Directory.CreateDirectory(parent);
            _scratch = ScratchFolder.Create(ScratchPrefix, parent);
            Path = Directory.CreateDirectory(System.IO.Path.Combine(_scratch.Path, "new")).FullName;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Dispose();
            // The scratch folder's name would tell nobody what is wrong.
            throw new IOException($"'{_place}': {(error is IOException ? FileTrouble.Of(error) : "this user may not write there")}", error) { HResult = error.HResult };
        }
    }

    /// <summary>Where it is written.</summary>
    public string Path { get; }

    /// <summary>The files and folders in a folder, but for what is being written there, or was by a process that was killed.</summary>
    public static IEnumerable<string> EntriesOf(string folder) =>
        Directory.EnumerateFileSystemEntries(folder).Where(entry => !IsScratch(System.IO.Path.GetFileName(entry)));

    /// <summary>Whether a name is one of what is being written, or was by a process that was killed.</summary>
    public static bool IsScratch(string name) => name.StartsWith(ScratchPrefix, StringComparison.Ordinal);

    /// <summary>Whether nothing is at a place, or a folder that is empty but for what is being written there.</summary>
    public static bool IsFree(string place) => !File.Exists(place) && (!Directory.Exists(place) || IsToFill(place));

    /// <summary>Puts it in its place; a folder that is there is replaced, so the caller looks at that first.</summary>
    /// <param name="last">The entry that makes the folder valid, which comes last where an empty folder is filled.</param>
    /// <param name="replace">Whether what is there may be replaced.</param>
    /// <exception cref="IOException">Something is there that may not be replaced, or it cannot be put there.</exception>
    public void PutInPlace(string? last = null, bool replace = true)
    {
        if (!Directory.Exists(_place)) Directory.Move(Path, _place);
        else if (IsToFill(_place)) Fill(last);
        else if (replace && !_fills) Replace();
        else throw new IOException($"'{_place}' is no longer empty");
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _scratch?.Dispose();
        if (_made is not null) RemoveIfEmpty(ParentOf(_place));
    }

    private void Fill(string? last)
    {
        foreach (var entry in Directory.EnumerateFileSystemEntries(Path).OrderBy(entry => System.IO.Path.GetFileName(entry) == last).ToList())
        {
            var target = System.IO.Path.Combine(_place, System.IO.Path.GetFileName(entry));
            if (Directory.Exists(entry)) Directory.Move(entry, target);
            else File.Move(entry, target);
        }
    }

    // Until the new one is there the old one has a name that nothing sweeps.
    private void Replace()
    {
        var earlier = System.IO.Path.Combine(ParentOf(_place), $".{Guid.NewGuid():N}.old~");
        Directory.Move(_place, earlier);
        try
        {
            Directory.Move(Path, _place);
        }
        catch
        {
            Directory.Move(earlier, _place);
            throw;
        }

        // It goes with the scratch folder, also where this process is killed now.
        Directory.Move(earlier, System.IO.Path.Combine(_scratch!.Path, "old"));
    }

    private static bool IsMounted(string folder) => Array.Exists(DriveInfo.GetDrives(), drive => System.IO.Path.TrimEndingDirectorySeparator(drive.Name) == folder);

    private static bool IsToFill(string folder) => Directory.Exists(folder) && !EntriesOf(folder).Any();

    private static string ParentOf(string folder) => System.IO.Path.GetDirectoryName(folder) ?? folder;

    private static string? FirstMissing(string folder)
    {
        string? missing = null;
        for (var at = folder; !Directory.Exists(at); at = ParentOf(at)) missing = at;
        return missing;
    }

    private void RemoveIfEmpty(string folder)
    {
        try
        {
            for (var at = folder; at.Length >= _made!.Length && Directory.Exists(at) && !Directory.EnumerateFileSystemEntries(at).Any(); at = ParentOf(at)) Directory.Delete(at);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Somebody else has come to need it, or does not let it go.
        }
    }
}

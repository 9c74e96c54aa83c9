namespace HealthGpt.Data.Conversion;

/// <summary>A folder that is written beside its place and put there when it is whole. Disposed of before, nothing of it is left.</summary>
internal sealed class StagedFolder : IDisposable
{
    private readonly string _place;

    /// <param name="place">Where it will be, as a full path.</param>
    public StagedFolder(string place)
    {
        _place = place;
        Path = SiblingOf(place);
        Directory.CreateDirectory(Path);
    }

    /// <summary>Where it is written.</summary>
    public string Path { get; }

    /// <summary>Puts it in its place; a folder that is there is replaced, so the caller looks at that first.</summary>
    public void PutInPlace()
    {
        if (!Directory.Exists(_place))
        {
            Directory.Move(Path, _place);
            return;
        }

        var earlier = SiblingOf(_place);
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

        Directory.Delete(earlier, recursive: true);
    }

    public void Dispose()
    {
        if (Directory.Exists(Path))
            Directory.Delete(Path, recursive: true);
    }

    // Beside it, because a rename is atomic only within one file system.
    private static string SiblingOf(string path) =>
        System.IO.Path.Combine(System.IO.Path.GetDirectoryName(path) ?? path, $".{System.IO.Path.GetFileName(path)}.{Guid.NewGuid():N}.tmp~");
}

using HealthGpt.Data.Samples;

namespace HealthGpt.Data.Conversion.Imports;

/// <summary>The folder that a published dataset was unpacked into.</summary>
internal sealed class SourceFolder(string path)
{
    private const int MostNamed = 10;

    /// <summary>Its full path.</summary>
    public string Path { get; } = System.IO.Path.GetFullPath(path);

    /// <exception cref="ConversionException">There is no such folder.</exception>
    public void Check()
    {
        if (!Directory.Exists(Path))
            throw new ConversionException(ConversionFault.Options, $"the source is '{Path}'; there is no such folder; name the one that the dataset was unpacked into");
    }

    /// <summary>The first of some folders that is there, by its full path, whatever the case of its name.</summary>
    public string? Folder(params string[] names) =>
        First(Directory.EnumerateDirectories(Path), names);

    /// <summary>The first of some files that is there, by its full path, whatever the case of its name.</summary>
    public string? File(params string[] names) =>
        First(Directory.EnumerateFiles(Path), names);

    /// <summary>Files by their names, in order. Links to folders are not followed.</summary>
    /// <param name="pattern">What they are called, such as *.json.</param>
    /// <param name="depth">How many folders down.</param>
    public IReadOnlyList<string> Files(string pattern, int depth)
    {
        var below = new EnumerationOptions
        {
            RecurseSubdirectories = depth > 1,
            MaxRecursionDepth = Math.Max(depth - 1, 0),
            AttributesToSkip = FileAttributes.Hidden | FileAttributes.ReparsePoint,
        };
        var here = new EnumerationOptions { MatchCasing = MatchCasing.CaseInsensitive, AttributesToSkip = FileAttributes.Hidden };
        var folders = depth == 0 ? [Path] : Directory.EnumerateDirectories(Path, "*", below).Append(Path);
        return [.. folders.SelectMany(folder => Directory.EnumerateFiles(folder, pattern, here)).Order(StringComparer.Ordinal)];
    }

    /// <summary>What is in it, for an error.</summary>
    public string Contents()
    {
        var names = Directory.EnumerateFileSystemEntries(Path).Select(entry => System.IO.Path.GetFileName(entry)!).Order(StringComparer.Ordinal).ToList();
        if (names.Count == 0)
            return "nothing";
        var more = names.Count > MostNamed ? $" and {names.Count - MostNamed} more" : "";
        return string.Join(", ", names.Take(MostNamed).Select(Quoted.Of)) + more;
    }

    private static string? First(IEnumerable<string> entries, string[] names)
    {
        var ordered = entries.Order(StringComparer.Ordinal).ToList();
        var found = names.Select(name => ordered.Find(entry => System.IO.Path.GetFileName(entry).Equals(name, StringComparison.OrdinalIgnoreCase)));
        return found.OfType<string>().FirstOrDefault();
    }
}

using System.Collections.Concurrent;

namespace HealthGpt.Storage.Files;

/// <summary>Paths without links, by which two names of one file can be told.</summary>
public static class RealPath
{
    // As many as Linux follows in one path.
    private const int MostLinks = 40;

    private static readonly StringComparison Comparison = OperatingSystem.IsWindows() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;

    /// <summary>Where a path leads, its folders' links followed too.</summary>
    /// <param name="path">A file or folder; it need not exist.</param>
    /// <param name="known">Folders that were looked at before and where they lead, for many paths in few folders; what is found is added. Null to look at all.</param>
    /// <exception cref="IOException">Links lead in a circle.</exception>
    public static string Of(string path, ConcurrentDictionary<string, string>? known = null)
    {
        var links = 0;
        return Of(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)), known, ref links);
    }

    /// <summary>Whether two paths lead to one file, of which there may be none yet. Two hard links are two files here.</summary>
    /// <exception cref="IOException">Links lead in a circle.</exception>
    public static bool AreSame(string one, string other) => string.Equals(Of(one), Of(other), Comparison);

    /// <summary>Whether a path leads to a folder or into it.</summary>
    /// <exception cref="IOException">Links lead in a circle.</exception>
    public static bool IsIn(string path, string folder)
    {
        var (real, root) = (Of(path), Of(folder));
        return string.Equals(real, root, Comparison) || real.StartsWith(Path.EndsInDirectorySeparator(root) ? root : root + Path.DirectorySeparatorChar, Comparison);
    }

    private static string Of(string full, ConcurrentDictionary<string, string>? known, ref int links)
    {
        if (Path.GetDirectoryName(full) is not { } parent) return full;
        if (known is null || !known.TryGetValue(parent, out var folder))
        {
            folder = Of(parent, known, ref links);
            known?.TryAdd(parent, folder);
        }

        var real = Path.Combine(folder, Path.GetFileName(full));
        if (new FileInfo(real).LinkTarget is not { } target) return real;
        if (++links > MostLinks) throw new IOException($"the links of '{full}' lead in a circle");
        return Follow(folder, target, known, ref links);
    }

    // Step by step, as the system does: ".." behind a link is the folder above where that link leads.
    private static string Follow(string folder, string target, ConcurrentDictionary<string, string>? known, ref int links)
    {
        if (Path.IsPathRooted(target)) (folder, target) = (Path.GetPathRoot(target)!, target[Path.GetPathRoot(target)!.Length..]);
        foreach (var step in target.Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries))
        {
            if (step == ".") continue;
            folder = step == ".." ? Path.GetDirectoryName(folder) ?? folder : Of(Path.Combine(folder, step), known, ref links);
        }

        return folder;
    }
}

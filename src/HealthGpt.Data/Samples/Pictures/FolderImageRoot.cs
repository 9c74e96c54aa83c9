using System.Collections.Concurrent;

namespace HealthGpt.Data.Samples.Pictures;

/// <summary>The folder that a source's pictures are relative to and may not leave, neither by their names nor by symbolic links.</summary>
internal sealed class FolderImageRoot(string folder) : ImageRoot
{
    // What is known of a million pictures is forgotten rather than held.
    private const int MostRemembered = 1 << 14;
    private const int MostLinks = 40;

    private readonly string _prefix = WithSeparator(folder);
    private readonly Lazy<string> _realPrefix = new(() => WithSeparator(RealPath(folder, 0) ?? folder));
    private readonly ConcurrentDictionary<string, string> _good = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _realFolders = new(StringComparer.Ordinal);

    public override string? Find(string name, out string path)
    {
        if (_good.TryGetValue(name, out path!))
            return null;
        path = folder;
        if (string.IsNullOrWhiteSpace(name) || name.Contains('\0', StringComparison.Ordinal))
            return $"a picture's name is {Quoted.Of(name)}, which is none";
        path = Path.GetFullPath(Path.Combine(folder, name));
        if (!path.StartsWith(_prefix, StringComparison.Ordinal))
            return $"picture {Quoted.Of(name)} lies outside the source's root '{folder}'; pictures must be inside it";
        if (ProblemOf(name, path) is { } problem)
            return problem;
        if (_good.Count >= MostRemembered)
            _good.Clear();
        _good.TryAdd(name, path);
        return null;
    }

    private string? ProblemOf(string name, string path)
    {
        try
        {
            if (RealPath(path, 0, _realFolders) is not { } real)
                return $"picture {Quoted.Of(name)} is reached by more than {MostLinks} symbolic links";
            if (!real.StartsWith(_realPrefix.Value, StringComparison.Ordinal))
                return $"picture {Quoted.Of(name)} leaves the source's root '{folder}' by a symbolic link to '{real}'; copy it into the root, or set root to the folder that holds it";
            return File.Exists(real) ? null : $"picture {Quoted.Of(name)} does not exist under '{folder}'";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return $"picture {Quoted.Of(name)} cannot be looked at ({error.Message})";
        }
    }

    /// <returns>The path without any symbolic link in it; null if there are too many.</returns>
    private static string? RealPath(string path, int links, ConcurrentDictionary<string, string>? known = null)
    {
        if (Path.GetDirectoryName(path) is not { } parent)
            return path;
        if (RealFolder(parent, links, known) is not { } realParent)
            return null;
        path = Path.Combine(realParent, Path.GetFileName(path));
        if (new FileInfo(path).LinkTarget is not { } target)
            return path;
        return links >= MostLinks ? null : RealPath(Path.GetFullPath(Path.Combine(realParent, target)), links + 1, known);
    }

    private static string? RealFolder(string path, int links, ConcurrentDictionary<string, string>? known)
    {
        if (known is not null && known.TryGetValue(path, out var real))
            return real;
        real = RealPath(path, links, known);
        if (known is null || real is null)
            return real;
        if (known.Count >= MostRemembered)
            known.Clear();
        known.TryAdd(path, real);
        return real;
    }

    private static string WithSeparator(string path) => path.EndsWith(Path.DirectorySeparatorChar) ? path : path + Path.DirectorySeparatorChar;
}

using System.Collections.Concurrent;
using HealthGpt.Storage.Files;

namespace HealthGpt.Data.Samples.Pictures;

/// <summary>The folder that a source's pictures are relative to and may not leave, neither by their names nor by symbolic links.</summary>
internal sealed class FolderImageRoot(string folder) : ImageRoot
{
    // What is known of a million pictures is forgotten rather than held.
    private const int MostRemembered = 1 << 14;

    private readonly string _prefix = WithSeparator(folder);
    private readonly Lazy<string> _realPrefix = new(() => WithSeparator(RealPath.Of(folder)));
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
            if (_realFolders.Count >= MostRemembered)
                _realFolders.Clear();
            var real = RealPath.Of(path, _realFolders);
            if (!real.StartsWith(_realPrefix.Value, StringComparison.Ordinal))
                return $"picture {Quoted.Of(name)} leaves the source's root '{folder}' by a symbolic link to '{real}'; copy it into the root, or set root to the folder that holds it";
            return File.Exists(path) ? null : $"picture {Quoted.Of(name)} does not exist under '{folder}'";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return $"picture {Quoted.Of(name)} cannot be looked at ({error.Message})";
        }
    }

    private static string WithSeparator(string path) => path.EndsWith(Path.DirectorySeparatorChar) ? path : path + Path.DirectorySeparatorChar;
}

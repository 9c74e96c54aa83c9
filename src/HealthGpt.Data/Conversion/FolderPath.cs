namespace HealthGpt.Data.Conversion;

/// <summary>Folders by their full paths.</summary>
internal static class FolderPath
{
    /// <summary>The full path of a folder, without a separator at its end.</summary>
    public static string Of(string path) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));

    /// <summary>Whether a path is a folder or lies in it.</summary>
    /// <param name="folder">The folder, as <see cref="Of"/> gives it.</param>
    /// <param name="path">Any path.</param>
    public static bool Holds(string folder, string path) =>
        Of(path) is var full && (full == folder || full.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal));
}

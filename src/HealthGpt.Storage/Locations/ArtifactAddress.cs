using System.Text.RegularExpressions;

namespace HealthGpt.Storage.Locations;

/// <summary>Where artifacts lie: a folder, or a place in a container of Azure Blob Storage.</summary>
public abstract partial record ArtifactAddress
{
    /// <summary>The forms an address has, for messages.</summary>
    public const string Forms = "a path, file:PATH or azblob://ACCOUNT/CONTAINER/PATH";

    private const string BlobScheme = "azblob:";
    private const string FileScheme = "file:";
    private const int LongestBlobName = 900;

    /// <summary>Reads an address.</summary>
    /// <param name="text">A path, <c>file:</c> with one, or <c>azblob://account/container/path</c>, whose names are written as they are, without percent encoding.</param>
    /// <param name="baseFolder">The folder that relative paths start from.</param>
    /// <param name="problem">The rule that the text breaks, to follow it in a message; empty where it breaks none.</param>
    /// <returns>The address, or null.</returns>
    public static ArtifactAddress? TryParse(string text, string baseFolder, out string problem)
    {
        problem = "";
        if (text.StartsWith(BlobScheme, StringComparison.OrdinalIgnoreCase)) return ParseBlob(text[BlobScheme.Length..], out problem);
        if (text.StartsWith(FileScheme, StringComparison.OrdinalIgnoreCase)) return ParseFile(text[FileScheme.Length..], baseFolder, out problem);
        if (SchemePattern().IsMatch(text)) problem = $"is an address of an unknown kind; write {Forms}";
        else if (text.Length == 0 || text.Contains('\0', StringComparison.Ordinal)) problem = $"is no path; write {Forms}";
        return problem.Length > 0 ? null : new FolderAddress(Path.GetFullPath(text, baseFolder));
    }

    /// <summary>Reads an address that is known to be right.</summary>
    /// <exception cref="FormatException">It is not.</exception>
    public static ArtifactAddress Parse(string text) =>
        TryParse(text, Environment.CurrentDirectory, out var problem) ?? throw new FormatException($"'{text}' {problem}");

    /// <summary>The address of something inside.</summary>
    /// <param name="name">A plain name without folders.</param>
    public abstract ArtifactAddress Under(string name);

    private static FolderAddress? ParseFile(string rest, string baseFolder, out string problem)
    {
        problem = "";
        if (rest.StartsWith("///", StringComparison.Ordinal)) rest = rest[2..];
        else if (rest.StartsWith("//", StringComparison.Ordinal)) problem = "names a host; write file:///absolute/path or file:relative/path";
        var path = Uri.UnescapeDataString(rest);
        if (problem.Length == 0 && (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal))) problem = "names no folder; write file:///absolute/path or file:relative/path";
        return problem.Length > 0 ? null : new FolderAddress(Path.GetFullPath(path, baseFolder));
    }

    private static BlobAddress? ParseBlob(string rest, out string problem)
    {
        var parts = rest.StartsWith("//", StringComparison.Ordinal) ? rest[2..].Split('/', 3) : [];
        var path = parts.Length == 3 ? parts[2].TrimEnd('/') : "";
        problem = parts.Length < 2 || parts[0].Length == 0 || parts[1].Length == 0 ? "must be azblob://ACCOUNT/CONTAINER/PATH"
            : !AccountPattern().IsMatch(parts[0]) ? $"has the account '{parts[0]}', but an account is 3 to 24 lower-case letters and digits"
            : !ContainerPattern().IsMatch(parts[1]) ? $"has the container '{parts[1]}', but a container is 3 to 63 lower-case letters, digits and single hyphens"
            : ProblemOfPath(path);
        return problem.Length > 0 ? null : new BlobAddress(parts[0], parts[1], path);
    }

    private static string ProblemOfPath(string path)
    {
        if (path.Length == 0) return "";
        if (path.AsSpan().IndexOfAny('?', '#') >= 0) return "has a query or a fragment; give a key or a signature in AZURE_STORAGE_CONNECTION_STRING, never in an address";
        if (path.Length > LongestBlobName) return $"has a path of {path.Length} characters; at most {LongestBlobName} are possible";
        if (path.Any(char.IsControl)) return "has a control character in its path";
        return path.Split('/').Any(segment => segment is "" or "." or "..") ? "has an empty part, '.' or '..' in its path" : "";
    }

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9+.-]*://")]
    private static partial Regex SchemePattern();

    [GeneratedRegex("^[a-z0-9]{3,24}$")]
    private static partial Regex AccountPattern();

    [GeneratedRegex("^(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*$")]
    private static partial Regex ContainerPattern();
}

using System.Text.RegularExpressions;

namespace HealthGpt.Storage.Files;

/// <summary>Why a file or folder cannot be used, as a part of a sentence. What the runtime says names the path once more, in other words for each cause.</summary>
public static partial class FileTrouble
{
    // ENOSPC and EDQUOT.
    private const int NoSpace = 28, NoQuota = 122;

    /// <summary>The reason, without the path and without a full stop.</summary>
    /// <param name="error">What opening, reading or writing threw.</param>
    /// <param name="path">The file or folder, where it is known.</param>
    public static string Of(Exception error, string? path = null) => error switch
    {
        FileNotFoundException or UnauthorizedAccessException when path is not null && IsReadableFolder(path) => "it is a folder",
        FileNotFoundException => "there is no such file",
        DirectoryNotFoundException => "its folder is not there",
        UnauthorizedAccessException => "this user has no permission for it",
        PathTooLongException => "its path is too long",
        _ => PathAtEnd().Replace(error.Message, "").TrimEnd('.', ' '),
    };

    /// <summary>The reason with the path that it is about, without a full stop.</summary>
    /// <param name="error">What opening, reading or writing threw.</param>
    public static string WithPath(Exception error) =>
        PathOf(error) is { } path ? $"'{path}': {Of(error, path)}" : error.Message.TrimEnd('.');

    /// <summary>Whether writing failed because the disk, or this user's share of it, is full.</summary>
    public static bool IsOfFullDisk(Exception error) => error is IOException { HResult: NoSpace or NoQuota };

    private static bool IsReadableFolder(string path)
    {
        if (!Directory.Exists(path)) return false;
        try
        {
            // Throws where this user may not list it.
            _ = Directory.EnumerateFileSystemEntries(path).Any();
            return true;
        }
        catch (Exception unreadable) when (unreadable is UnauthorizedAccessException or IOException)
        {
            return false;
        }
    }

    private static string? PathOf(Exception error)
    {
        if (error is FileNotFoundException { FileName: { Length: > 0 } name }) return name;
        return error is (FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException) && QuotedPath().Match(error.Message) is { Success: true } quoted
            ? quoted.Groups["path"].Value : null;
    }

    // As in "No space left on device : '/data/x'".
    [GeneratedRegex(@"\s*:\s*'[^']*'\.?$", RegexOptions.CultureInvariant)]
    private static partial Regex PathAtEnd();

    [GeneratedRegex("'(?<path>[^']+)'", RegexOptions.CultureInvariant)]
    private static partial Regex QuotedPath();
}

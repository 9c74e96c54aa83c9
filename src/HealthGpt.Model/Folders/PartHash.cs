using System.Security.Cryptography;
using System.Text;
using HealthGpt.Model.Weights;

namespace HealthGpt.Model.Folders;

/// <summary>The hash by which a manifest names a part.</summary>
public static class PartHash
{
    /// <summary>SHA-256 of a file, or of a folder's sorted lines <c>hash  relative/path</c>; lower-case hexadecimal.</summary>
    public static string Of(string path)
    {
        if (!Directory.Exists(path)) return OfFile(path);

        var lines = Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories)
            .Select(file => (Name: Path.GetRelativePath(path, file).Replace('\\', '/'), File: file))
            .OrderBy(item => item.Name, StringComparer.Ordinal)
            .Select(item => $"{OfFile(item.File)}  {item.Name}\n");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(lines))));
    }

    /// <summary>Refuses a part that is missing or is not the one its manifest names.</summary>
    /// <param name="name">What the manifest calls the part.</param>
    /// <param name="path">The part's file or folder.</param>
    /// <param name="expected">The manifest's hash.</param>
    /// <exception cref="WeightFileException">It names the part, its place, both hashes and what to do.</exception>
    internal static void Require(string name, string path, string expected)
    {
        string found;
        try
        {
            found = Of(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new WeightFileException(path, $"is the model's part '{name}', but cannot be read: {error.Message} Copy the model again, with the parts it refers to.", error);
        }

        if (!string.Equals(found, expected, StringComparison.OrdinalIgnoreCase))
            throw new WeightFileException(path, $"is the model's part '{name}', whose SHA-256 must be {expected} by {ModelManifest.FileName}, but is {found}; it was changed or copied by half, or a file was added to it. Copy it again from where it came.");
    }

    private static string OfFile(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}

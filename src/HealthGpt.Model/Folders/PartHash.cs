using System.Security.Cryptography;
using System.Text;

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

    private static string OfFile(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}

using System.Security.Cryptography;
using System.Text;

namespace HealthGpt.Cluster.FolderCluster;

/// <summary>Turns any text (grain keys, cluster names, silo addresses) into a file name: a readable beginning and a hash that keeps names apart.</summary>
internal static class SafeFileName
{
    private const int ReadableLength = 48;
    private const int HashBytes = 12;

    /// <summary>The file name for <paramref name="text"/>: letters, digits, '-', '_' and '.', never a reserved or hidden name, at most 73 characters.</summary>
    public static string For(string text)
    {
        var name = new StringBuilder(ReadableLength + 1 + (2 * HashBytes));
        foreach (char c in text.AsSpan(0, Math.Min(text.Length, ReadableLength)))
            name.Append(char.IsAsciiLetterOrDigit(c) || c is '-' or '_' || (c == '.' && name.Length > 0) ? c : '_');
        return name.Append('-').Append(Hash(text)).ToString();
    }

    // UTF-16 bytes rather than UTF-8: lone surrogates would otherwise all become one replacement character and two keys share a file.
    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.Unicode.GetBytes(text)).AsSpan(0, HashBytes));
}

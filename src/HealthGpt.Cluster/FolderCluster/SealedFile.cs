using System.Security.Cryptography;
using System.Text.Json;
using HealthGpt.Storage.Files;

namespace HealthGpt.Cluster.FolderCluster;

/// <summary>
/// A file that tells whether it is whole: one line of JSON with kind, name, ETag, length and SHA-256, then the content. Written atomically, so that reading
/// needs no lock. A file that is there and not whole is an error, never an empty record.
/// </summary>
internal sealed record SealedFile(string Kind, string Name, string ETag, ReadOnlyMemory<byte> Content)
{
    private const int FormatVersion = 1;
    private const byte EndOfHeader = (byte)'\n';

    /// <summary>Replaces the file at <paramref name="path"/> with this one.</summary>
    public void Write(string path)
    {
        var header = new Header(FormatVersion, Kind, Name, ETag, Content.Length, HashOf(Content.Span));
        byte[] line = JsonSerializer.SerializeToUtf8Bytes(header, JsonSerializerOptions.Web);
        byte[] file = new byte[line.Length + 1 + Content.Length];
        line.CopyTo(file, 0);
        file[line.Length] = EndOfHeader;
        Content.CopyTo(file.AsMemory(line.Length + 1));
        AtomicFile.Write(path, file);
    }

    /// <summary>Reads the file at <paramref name="path"/>; null where there is none.</summary>
    /// <exception cref="FolderClusterException">The file is damaged, or is not the one that was asked for.</exception>
    public static SealedFile? Read(string path, string kind, string name)
    {
        if (ReadBytes(path) is not { } file)
            return null;

        int end = Array.IndexOf(file, EndOfHeader);
        if (end < 0 || Parse(file.AsSpan(0, end)) is not { } header)
            throw Damaged(path, kind, $"its first line is not the expected header (the file has {file.Length} bytes)");
        if (header.Version != FormatVersion)
            throw Unknown(path, header.Version);

        ReadOnlyMemory<byte> content = file.AsMemory(end + 1);
        if (content.Length != header.Length)
            throw Damaged(path, kind, $"its header promises {header.Length} bytes of content and {content.Length} are there");
        if (HashOf(content.Span) != header.Sha256)
            throw Damaged(path, kind, "its content does not have the SHA-256 that its header names");
        if (header.Kind != kind || header.Name != name)
            throw Damaged(path, kind, $"it holds {header.Kind} '{header.Name}' instead of {kind} '{name}'");
        return new SealedFile(kind, name, header.ETag, content);
    }

    /// <summary>The error for a file whose content cannot be used.</summary>
    public static FolderClusterException Damaged(string path, string kind, string why, Exception? cause = null) => new(
        $"'{path}' ({kind}) is damaged",
        why,
        "restore it from a copy, or stop all silos and delete it, which forgets what it held.",
        cause);

    private static FolderClusterException Unknown(string path, int version) => new(
        $"'{path}' cannot be read",
        $"it has format version {version} and this program knows {FormatVersion}",
        "run all silos and clients of this folder in the same version of the program, or use another folder.");

    private static byte[]? ReadBytes(string path)
    {
        try
        {
            // Sharing everything: a writer may replace the file while it is being read; this reader then still sees the old one whole.
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            byte[] bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private static Header? Parse(ReadOnlySpan<byte> line)
    {
        try
        {
            Header? header = JsonSerializer.Deserialize<Header>(line, JsonSerializerOptions.Web);
            return header is { Kind: not null, Name: not null, ETag: not null, Sha256: not null } ? header : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string HashOf(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(SHA256.HashData(content));

    private sealed record Header(int Version, string Kind, string Name, string ETag, int Length, string Sha256);
}

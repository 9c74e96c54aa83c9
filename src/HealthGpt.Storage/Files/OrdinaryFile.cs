namespace HealthGpt.Storage.Files;

/// <summary>
/// Files that may be opened: opening a named pipe waits for its other end for ever, and a device never ends. Both have no length, so what has none is not opened at all.
/// </summary>
public static class OrdinaryFile
{
    /// <summary>Why a file without a length is refused.</summary>
    public const string Refusal = "it has no bytes: it is empty, or a pipe or device instead of an ordinary file";

    /// <summary>The length of a file, or of the one that a link leads to; 0 for what is no ordinary file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>Bytes.</returns>
    /// <exception cref="IOException">There is no such file.</exception>
    public static long LengthOf(string path) => Resolved(path).Length;

    /// <summary>A file, or the one that a link leads to: a link's own length and time are those of the path it holds.</summary>
    /// <param name="path">The file or link.</param>
    /// <returns>What is known of it; it need not exist.</returns>
    /// <exception cref="IOException">Links lead in a circle.</exception>
    public static FileInfo Resolved(string path)
    {
        var file = new FileInfo(path);
        // Not FileInfo.ResolveLinkTarget: it takes a link's ".." from the folder as it is written, and the system from where that folder's own links lead.
        return file.LinkTarget is null ? file : new FileInfo(RealPath.Of(path));
    }

    /// <summary>Opens a file that must have bytes, for reading.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The file, which the caller closes.</returns>
    /// <exception cref="IOException">There is no such file, or it has no bytes.</exception>
    public static FileStream OpenRead(string path) => LengthOf(path) > 0 ? File.OpenRead(path) : throw new IOException(Refusal);

    /// <summary>The bytes of a file that must have some.</summary>
    /// <param name="path">The file.</param>
    /// <returns>All of them.</returns>
    /// <exception cref="IOException">There is no such file, or it has no bytes.</exception>
    public static byte[] ReadAll(string path) => LengthOf(path) > 0 ? File.ReadAllBytes(path) : throw new IOException(Refusal);
}

namespace HealthGpt.Model.Folders;

/// <summary>
/// Files that may be opened: opening a named pipe waits for its other end for ever, and a device never ends. Both have no length, so what has none is not opened at all.
/// </summary>
internal static class OrdinaryFile
{
    /// <summary>Why a file without a length is refused.</summary>
    public const string Refusal = "it has no bytes: it is empty, or a pipe or device instead of an ordinary file";

    /// <summary>The length of a file, or of the one that a link leads to; 0 for what is no ordinary file.</summary>
    /// <exception cref="IOException">There is no such file.</exception>
    public static long LengthOf(string path)
    {
        var file = new FileInfo(path);
        // A link's own length is that of the path it holds.
        if (file.LinkTarget is not null && file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo target) file = target;
        return file.Length;
    }

    /// <summary>The bytes of a file that must have some.</summary>
    /// <exception cref="IOException">There is no such file, or it has no bytes.</exception>
    public static byte[] ReadAll(string path) => LengthOf(path) > 0 ? File.ReadAllBytes(path) : throw new IOException(Refusal);
}

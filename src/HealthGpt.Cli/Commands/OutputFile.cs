using HealthGpt.Model.Folders;
using HealthGpt.Storage.Files;

namespace HealthGpt.Cli.Commands;

/// <summary>A file that will be written after long work.</summary>
internal static class OutputFile
{
    private const string NameAnother = "name a file in a folder that is there and may be written to";

    /// <summary>Refuses one of the files that the work reads, and a place in a folder that it reads: a model's part with one file more has another hash.</summary>
    /// <param name="path">The file that will be written.</param>
    /// <param name="files">Files that are read.</param>
    /// <param name="folders">Folders that are read.</param>
    /// <exception cref="CommandException">It is one of them.</exception>
    public static void RequireOther(string path, IEnumerable<string> files, IEnumerable<string> folders)
    {
        try
        {
            RealPath.Of(path);
        }
        catch (IOException error)
        {
            throw Wrong(path, $"it cannot be written: {FileTrouble.Of(error, path)}", NameAnother, error);
        }

        if (files.FirstOrDefault(file => RealPath.AreSame(path, file)) is { } same) throw Wrong(path, $"that is the image '{same}', which is read", "name another file");
        if (folders.FirstOrDefault(folder => RealPath.IsIn(path, folder)) is { } folder)
            throw Wrong(path, $"it lies in '{folder}', which the model is read from and whose hash would no longer be that of {ModelManifest.FileName}", "name a file elsewhere");
    }

    /// <summary>Refuses a place that cannot be written, before the work. What is there stays as it is.</summary>
    public static void RequireWritable(string path)
    {
        if (Directory.Exists(path)) throw Wrong(path, "it is a folder", NameAnother);
        if (!path.EndsWith(".png", StringComparison.OrdinalIgnoreCase))
            throw Wrong(path, "a drawn image is written as PNG", "give it a name that ends in .png");
        try
        {
            var file = OrdinaryFile.Resolved(Path.GetFullPath(path));
            // A named pipe has no length either, and opening one waits for its other end.
            if (file is { Exists: true, Length: > 0 })
                using (new FileStream(file.FullName, FileMode.Open, FileAccess.Write)) { }
            else
                using (new FileStream(Path.Combine(file.DirectoryName!, $".{Guid.NewGuid():N}.tmp~"), FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose)) { }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Wrong(path, $"it cannot be written: {FileTrouble.Of(error, path)}", NameAnother, error);
        }
    }

    /// <summary>Writes it whole, in the place of what was there, or not at all; a link stays one. A file that can be written and not replaced, as in a folder that this user may not write to or at a mount, is written as it lies.</summary>
    public static async Task WriteAsync(string path, byte[] bytes, CancellationToken cancellationToken)
    {
        var file = OrdinaryFile.Resolved(Path.GetFullPath(path));
        try
        {
            await AtomicFile.WriteAsync(file.FullName, bytes, cancellationToken);
        }
        catch (Exception error) when (error is UnauthorizedAccessException or IOException && file is { Exists: true, Length: > 0 } && !FileTrouble.IsOfFullDisk(error))
        {
            await File.WriteAllBytesAsync(file.FullName, bytes, cancellationToken);
        }
    }

    /// <summary>The name, or the first of name-2, name-3 and so on that is not taken.</summary>
    public static string NotTaken(string path) =>
        Enumerable.Range(1, int.MaxValue).Select(number => number == 1 ? path : $"{Path.ChangeExtension(path, null)}-{number}{Path.GetExtension(path)}").First(name => !Path.Exists(name));

    private static CommandException Wrong(string path, string why, string remedy, Exception? error = null) => CommandException.OfArguments($"--out is '{path}'", why, remedy, error);
}

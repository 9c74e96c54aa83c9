using HealthGpt.Data.Images;

namespace HealthGpt.Cli.Commands;

/// <summary>--image: a file that must be a picture before anything is asked.</summary>
internal static class ImageArgument
{
    // No picture that is read here is as long.
    private const long MostBytes = 256L << 20;

    /// <summary>The file's bytes.</summary>
    /// <exception cref="CommandException">There is no such file, or it is no picture that is read here.</exception>
    public static byte[] Read(string path)
    {
        if (!File.Exists(path))
            throw new CommandException(ExitCodes.WrongArguments, $"--image is '{path}'", Directory.Exists(path) ? "it is a folder" : "there is no such file", "name a PNG or JPEG file");

        try
        {
            RequireOrdinary(path);
            var bytes = File.ReadAllBytes(path);
            RgbImage.Decode(bytes, path);
            return bytes;
        }
        catch (Exception error) when (error is ImageFormatException or IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCodes.WrongArguments, $"--image is '{path}'", error.Message, "name a PNG or JPEG file", error);
        }
    }

    // A pipe would wait for ever, a device never end, and both have no length.
    private static void RequireOrdinary(string path)
    {
        var file = new FileInfo(path);
        if (file.LinkTarget is not null && file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo target) file = target;
        if (file.Length == 0) throw new IOException("it has no bytes: it is empty, or a pipe or device instead of an ordinary file");
        if (file.Length > MostBytes) throw new IOException($"it has {file.Length} bytes, and a picture at most {MostBytes}");
    }
}

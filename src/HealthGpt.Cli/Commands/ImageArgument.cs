using HealthGpt.Data.Images;
using HealthGpt.Storage.Files;

namespace HealthGpt.Cli.Commands;

/// <summary>--image: a file that must be a picture before anything is asked.</summary>
internal static class ImageArgument
{
    /// <summary>The file's bytes.</summary>
    /// <exception cref="CommandException">There is no such file, or it is no picture that is read here.</exception>
    public static byte[] Read(string path)
    {
        if (!File.Exists(path))
            throw new CommandException(ExitCodes.WrongArguments, $"--image is '{path}'", Directory.Exists(path) ? "it is a folder" : "there is no such file", "name a PNG or JPEG file");

        try
        {
            var bytes = ImageFile.Read(path);
            RgbImage.Decode(bytes, path);
            return bytes;
        }
        catch (Exception error) when (error is ImageFormatException or IOException or UnauthorizedAccessException)
        {
            var reason = (error as ImageFormatException)?.Reason ?? FileTrouble.Of(error, path);
            throw new CommandException(ExitCodes.WrongArguments, $"--image is '{path}'", reason, "name a PNG or JPEG file", error);
        }
    }
}

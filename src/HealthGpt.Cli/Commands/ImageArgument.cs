using HealthGpt.Data.Images;

namespace HealthGpt.Cli.Commands;

/// <summary>--image: a file that must be a picture before anything is asked.</summary>
internal static class ImageArgument
{
    /// <summary>The file's bytes.</summary>
    /// <exception cref="CommandException">There is no such file, or it is no picture that is read here.</exception>
    public static byte[] Read(string path)
    {
        if (!File.Exists(path))
            throw new CommandException(ExitCodes.WrongArguments, $"--image is '{path}'", "there is no such file", "name a PNG or JPEG file");

        var bytes = File.ReadAllBytes(path);
        try
        {
            RgbImage.Decode(bytes, path);
            return bytes;
        }
        catch (ImageFormatException exception)
        {
            throw new CommandException(ExitCodes.WrongArguments, $"--image is '{path}'", exception.Message, "name a PNG or JPEG file", exception);
        }
    }
}

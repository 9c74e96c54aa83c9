namespace HealthGpt.Data.Images;

/// <summary>Reads image files whole.</summary>
internal static class ImageFile
{
    public static byte[] Read(string path)
    {
        try
        {
            // Pipes and devices have no length either; opening one may wait for ever.
            if (new FileInfo(path).Length == 0) throw new ImageFormatException(path, "it is empty or no ordinary file; write the image anew");
            return File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ImageFormatException(path, $"cannot be read: {error.Message}", error);
        }
    }
}

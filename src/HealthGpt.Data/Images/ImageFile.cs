namespace HealthGpt.Data.Images;

/// <summary>Reads image files whole.</summary>
internal static class ImageFile
{
    public static byte[] Read(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ImageFormatException(path, $"cannot be read: {error.Message}", error);
        }
    }
}

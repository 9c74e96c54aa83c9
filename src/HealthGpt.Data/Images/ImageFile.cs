using HealthGpt.Data.Samples.Pictures;
using HealthGpt.Storage.Locations;

namespace HealthGpt.Data.Images;

/// <summary>Reads image files whole, from disk or from Azure Blob Storage.</summary>
public static class ImageFile
{
    /// <summary>Reads an image's bytes.</summary>
    /// <param name="path">A path, or an address that starts with <c>azblob://</c>, whose image comes from the local cache where that has its present version.</param>
    /// <returns>The bytes.</returns>
    /// <exception cref="ImageFormatException">It cannot be read, or is empty.</exception>
    /// <exception cref="ArtifactException">Nothing answers.</exception>
    public static byte[] Read(string path)
    {
        try
        {
            // Pipes and devices have no length either; opening one may wait for ever.
            if (LengthOf(path) == 0) throw new ImageFormatException(path, "it is empty or no ordinary file; write the image anew");
            return BlobAddress.IsOne(path) ? BlobPictures.Shared.Read(path) : File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is IOException and not ArtifactException { Fault: ArtifactFault.Unreachable } or UnauthorizedAccessException)
        {
            throw new ImageFormatException(path, $"cannot be read: {error.Message}", error);
        }
    }

    internal static long LengthOf(string path) => BlobAddress.IsOne(path) ? BlobPictures.Shared.StateOf(path).Length : new FileInfo(path).Length;
}

using HealthGpt.Data.Samples.Pictures;
using HealthGpt.Storage.Files;
using HealthGpt.Storage.Locations;

namespace HealthGpt.Data.Images;

/// <summary>Reads image files whole, from disk or from Azure Blob Storage.</summary>
public static class ImageFile
{
    /// <summary>The most bytes of a file: what a picture of the most pixels needs uncompressed, and more.</summary>
    public const long MostBytes = (4L << 26) + (1 << 20);

    /// <summary>Reads an image's bytes.</summary>
    /// <param name="path">A path, or an address that starts with <c>azblob://</c>, whose image comes from the local cache where that has its present version.</param>
    /// <returns>The bytes.</returns>
    /// <exception cref="ImageFormatException">It cannot be read, is empty, or has more than <see cref="MostBytes"/>.</exception>
    /// <exception cref="ArtifactException">Nothing answers.</exception>
    public static byte[] Read(string path)
    {
        try
        {
            var length = LengthOf(path);
            if (length == 0) throw new ImageFormatException(path, OrdinaryFile.Refusal);
            if (length > MostBytes) throw new ImageFormatException(path, $"it has {length} bytes, more than the limit of {MostBytes}; make it smaller");
            return BlobAddress.IsOne(path) ? BlobPictures.Shared.Read(path) : File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is IOException and not ArtifactException { Fault: ArtifactFault.Unreachable } or UnauthorizedAccessException)
        {
            throw new ImageFormatException(path, $"cannot be read: {error.Message}", error);
        }
    }

    internal static long LengthOf(string path) => BlobAddress.IsOne(path) ? BlobPictures.Shared.StateOf(path).Length : OrdinaryFile.LengthOf(path);
}

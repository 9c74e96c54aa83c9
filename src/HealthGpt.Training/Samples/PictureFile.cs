using System.Security.Cryptography;
using HealthGpt.Data.Images;
using HealthGpt.Storage.Files;
using HealthGpt.Storage.Locations;

namespace HealthGpt.Training.Samples;

/// <summary>Reads and decodes the pictures of samples.</summary>
internal static class PictureFile
{
    private const long SmallPixels = 1 << 22;

    private static readonly Lock Large = new();

    /// <summary>Decodes a picture if it still is the one that was indexed.</summary>
    /// <exception cref="BadSampleException">It cannot be decoded, is gone or has other bytes.</exception>
    public static RgbImage Decode(ImageReference image)
    {
        try
        {
            var bytes = Read(image.FilePath);
            if (!Convert.FromHexString(image.Sha256).AsSpan().SequenceEqual(SHA256.HashData(bytes)))
                throw new BadSampleException("a picture of it changed since it was indexed");
            var (width, height) = RgbImage.SizeOf(bytes, image.FilePath);
            if ((long)width * height <= SmallPixels) return RgbImage.Decode(bytes, image.FilePath);
            // Memory is for one large picture, not for one a thread.
            lock (Large) return RgbImage.Decode(bytes, image.FilePath);
        }
        catch (Exception error) when (error is not BadSampleException && BadSampleException.Covers(error))
        {
            throw BadSampleException.From(error);
        }
    }

    private static byte[] Read(string path)
    {
        if (BlobAddress.IsOne(path)) return ImageFile.Read(path);
        // Pipes and devices have no length; opening one may wait for ever.
        var length = OrdinaryFile.LengthOf(path);
        if (length == 0) throw new BadSampleException("a picture of it is empty or no ordinary file");
        if (length > ImageFile.MostBytes) throw new BadSampleException($"a picture of it has {length} bytes, more than the limit of {ImageFile.MostBytes}");
        return File.ReadAllBytes(path);
    }
}

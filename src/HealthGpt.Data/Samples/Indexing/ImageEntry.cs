using System.Buffers.Binary;
using System.Security.Cryptography;
using HealthGpt.Data.Samples.Pictures;
using HealthGpt.Storage.Files;
using HealthGpt.Storage.Locations;

namespace HealthGpt.Data.Samples.Indexing;

/// <summary>What an index holds of one picture: the hash of its bytes, and what tells whether they changed since.</summary>
/// <param name="Sha256">SHA-256 of the file; 32 bytes.</param>
/// <param name="Length">Bytes of the file.</param>
/// <param name="Modified">When the file was last written, in ticks; of a blob a number of its version.</param>
internal sealed record ImageEntry(byte[] Sha256, long Length, long Modified)
{
    /// <summary>Bytes of an entry in the index.</summary>
    public const int Size = SHA256.HashSizeInBytes + 16;

    /// <summary>A picture that could not be read; it is looked at again whenever it is asked for.</summary>
    public static ImageEntry Unread { get; } = new(new byte[SHA256.HashSizeInBytes], -1, 0);

    public static ImageEntry Read(ReadOnlySpan<byte> bytes) => new(
        bytes[..SHA256.HashSizeInBytes].ToArray(), BinaryPrimitives.ReadInt64LittleEndian(bytes[SHA256.HashSizeInBytes..]),
        BinaryPrimitives.ReadInt64LittleEndian(bytes[(SHA256.HashSizeInBytes + 8)..]));

    /// <summary>Reads a picture's bytes.</summary>
    public static ImageEntry Of(string path)
    {
        // Before the bytes: what is written while they are read then counts as a change.
        var (length, modified) = StateOf(path);
        // Pipes and devices have no length; opening one may wait for ever.
        if (BlobAddress.IsOne(path)) return new ImageEntry(SHA256.HashData(BlobPictures.Shared.Read(path)), length, modified);
        if (length == 0) return new ImageEntry(SHA256.HashData([]), length, modified);
        using var file = File.OpenRead(path);
        return new ImageEntry(SHA256.HashData(file), length, modified);
    }

    /// <summary>Whether the picture is still the one that was hashed, as far as its size and time tell.</summary>
    public bool IsOf(string path) => StateOf(path) == (Length, Modified);

    public void Write(Span<byte> bytes)
    {
        Sha256.CopyTo(bytes);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[SHA256.HashSizeInBytes..], Length);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[(SHA256.HashSizeInBytes + 8)..], Modified);
    }

    private static (long Length, long Modified) StateOf(string path)
    {
        if (BlobAddress.IsOne(path)) return BlobPictures.Shared.StateOf(path);
        var file = OrdinaryFile.Resolved(path);
        return (file.Length, file.LastWriteTimeUtc.Ticks);
    }
}

using System.Buffers.Binary;
using System.Security.Cryptography;

namespace HealthGpt.Data.Samples.Indexing;

/// <summary>
/// The end of an index file. Before it lie the samples' entries, then for every mention of a picture the number of its entry (4 bytes), then the pictures' entries; after it
/// the SHA-256 of all bytes before. Numbers are little-endian.
/// </summary>
/// <param name="Samples">The samples file that was indexed.</param>
/// <param name="Entries">How many samples there are.</param>
/// <param name="Mentions">How often they mention pictures.</param>
/// <param name="Images">How many pictures those are.</param>
/// <param name="Problems">How many of the samples and pictures could not be read.</param>
internal sealed record IndexFooter(SamplesFingerprint Samples, int Entries, int Mentions, int Images, int Problems)
{
    private const int LeastSamplesPerProblem = 20;
    private const int Length = 8 + 16 + SHA256.HashSizeInBytes + 16;

    /// <summary>Bytes of the footer and the hash behind it.</summary>
    public const int Size = Length + SHA256.HashSizeInBytes;

    private static ReadOnlySpan<byte> Magic => "HGPTSMP4"u8;

    public long MentionsAt => (long)Entries * SampleEntry.Size;

    public long ImagesAt => MentionsAt + ((long)Mentions * sizeof(int));

    /// <summary>Bytes of the whole file.</summary>
    public long FileBytes => ImagesAt + ((long)Images * ImageEntry.Size) + Size;

    /// <summary>Whether more is bad than single samples; then the pictures may have been away only for a while.</summary>
    public bool IsDoubtful => (long)Problems * LeastSamplesPerProblem > Entries;

    public byte[] ToBytes()
    {
        var bytes = new byte[Length];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8), Samples.Length);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(16), Samples.Modified);
        Convert.FromHexString(Samples.Blocks).CopyTo(bytes, 24);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(56), Entries);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(60), Mentions);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(64), Images);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(68), Problems);
        return bytes;
    }

    /// <summary>Reads the end of an index file.</summary>
    /// <returns>The footer, or null if the file is not whole or not of this version.</returns>
    public static IndexFooter? Read(FileStream file)
    {
        if (file.Length < Size)
            return null;
        var bytes = new byte[Length];
        file.Position = file.Length - Size;
        file.ReadExactly(bytes);
        if (!bytes.AsSpan().StartsWith(Magic))
            return null;
        var footer = Parse(bytes);
        return Math.Min(footer.Entries, Math.Min(footer.Mentions, footer.Images)) >= 0 && footer.FileBytes == file.Length && HashIsRight(file) ? footer : null;
    }

    private static IndexFooter Parse(ReadOnlySpan<byte> bytes)
    {
        var blocks = Convert.ToHexStringLower(bytes.Slice(24, SHA256.HashSizeInBytes));
        var samples = new SamplesFingerprint(BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]), BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]), blocks);
        return new IndexFooter(
            samples, BinaryPrimitives.ReadInt32LittleEndian(bytes[56..]), BinaryPrimitives.ReadInt32LittleEndian(bytes[60..]), BinaryPrimitives.ReadInt32LittleEndian(bytes[64..]),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[68..]));
    }

    private static bool HashIsRight(FileStream file)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 20];
        file.Position = 0;
        for (var left = file.Length - SHA256.HashSizeInBytes; left > 0;)
        {
            var read = file.Read(buffer, 0, (int)Math.Min(buffer.Length, left));
            if (read == 0)
                return false;
            hash.AppendData(buffer, 0, read);
            left -= read;
        }

        var expected = new byte[SHA256.HashSizeInBytes];
        file.ReadExactly(expected);
        return hash.GetHashAndReset().AsSpan().SequenceEqual(expected);
    }
}

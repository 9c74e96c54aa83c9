using System.IO.Compression;

namespace HealthGpt.Data.Volumes;

/// <summary>
/// A gzip file followed by one more gzip member of known content. GZipStream takes a file that is cut short for one that ends; this content only comes
/// out of it if all before it was whole, checksums included.
/// </summary>
internal sealed class GzipEnd(Stream file) : ForwardStream
{
    /// <summary>What the unpacked file then ends with.</summary>
    public static ReadOnlySpan<byte> Mark => "-end of the file-"u8;

    private static readonly byte[] Member = Pack();

    private int _given;

    public override int Read(Span<byte> buffer)
    {
        var count = file.Read(buffer);
        if (count > 0 || buffer.IsEmpty)
            return count;
        count = Math.Min(buffer.Length, Member.Length - _given);
        Member.AsSpan(_given, count).CopyTo(buffer);
        _given += count;
        return count;
    }

    private static byte[] Pack()
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            gzip.Write(Mark);
        return packed.ToArray();
    }
}

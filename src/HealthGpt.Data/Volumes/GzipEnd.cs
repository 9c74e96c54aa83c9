using System.IO.Compression;

namespace HealthGpt.Data.Volumes;

/// <summary>
/// A gzip file followed by one more gzip member of known content. GZipStream takes a file that is cut short for one that ends; this content only comes
/// out of it if all before it was whole, checksums included.
/// </summary>
internal sealed class GzipEnd(Stream file) : Stream
{
    /// <summary>What the unpacked file then ends with.</summary>
    public static ReadOnlySpan<byte> Mark => "-end of the file-"u8;

    private static readonly byte[] Member = Pack();

    private int _given;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

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

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private static byte[] Pack()
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            gzip.Write(Mark);
        return packed.ToArray();
    }
}

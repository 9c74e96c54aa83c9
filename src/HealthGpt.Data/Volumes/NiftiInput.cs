using System.IO.Compression;

namespace HealthGpt.Data.Volumes;

/// <summary>The bytes of a NIfTI file in order, unpacked where they are gzip. Nothing is held that was not asked for.</summary>
internal sealed class NiftiInput : IDisposable
{
    // Deflate's best case is 258 bytes from two bits, so a file that promises more than this is lying.
    private const long MostBytesOfPackedByte = 1032;

    private readonly Stream _stream;
    private readonly string _name;
    private readonly bool _packed;
    private readonly long _length;
    private long _position;

    public NiftiInput(Stream file, string name)
    {
        _name = name;
        _length = file.Length;
        Span<byte> mark = stackalloc byte[2];
        _packed = file.ReadAtLeast(mark, 2, throwOnEndOfStream: false) == 2 && mark[0] == 0x1F && mark[1] == 0x8B;
        file.Position = 0;
        _stream = _packed ? new GZipStream(new GzipEnd(file), CompressionMode.Decompress) : file;
    }

    /// <summary>Refuses a file that is too short for what its header promises, before memory is taken for it.</summary>
    public void CheckHolds(long offset, UInt128 voxelBytes)
    {
        var most = _packed ? _length * MostBytesOfPackedByte : _length;
        if (voxelBytes + (UInt128)offset <= (UInt128)most)
            return;
        throw new NiftiFormatException(_name, _packed
            ? $"its {_length} bytes of gzip cannot hold the {voxelBytes} bytes of voxels that its header promises from byte {offset} on; the file is damaged or cut short"
            : $"it holds {Math.Max(0, _length - offset)} bytes of voxels from vox_offset {offset} on, but its header promises {voxelBytes}; the file is cut short");
    }

    public void ReadExactly(Span<byte> bytes, string what)
    {
        var count = Read(bytes);
        if (count < bytes.Length)
            throw new NiftiFormatException(_name, $"it ends at byte {_position} inside {what}; the file is cut short");
    }

    public void Skip(UInt128 count, string what)
    {
        Span<byte> scrap = stackalloc byte[4096];
        while (count > 0)
        {
            var part = (int)UInt128.Min(count, (UInt128)scrap.Length);
            ReadExactly(scrap[..part], what);
            count -= (UInt128)part;
        }
    }

    /// <summary>Sees that a gzip stream ends as it should, checksum included; what follows a volume is looked at only so far.</summary>
    public void CheckEnd()
    {
        const int enough = 1 << 20;
        if (!_packed)
            return;
        Span<byte> last = stackalloc byte[4096 + GzipEnd.Mark.Length];
        var kept = 0;
        for (var seen = 0; seen < enough; seen += 4096)
        {
            var count = Read(last.Slice(kept, 4096));
            var held = last[..(kept + count)];
            if (count < 4096)
            {
                if (held.EndsWith(GzipEnd.Mark))
                    return;
                throw Damaged(null);
            }

            held[^GzipEnd.Mark.Length..].CopyTo(last);
            kept = GzipEnd.Mark.Length;
        }
    }

    public void Dispose() => _stream.Dispose();

    private int Read(Span<byte> bytes)
    {
        try
        {
            var count = _stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            _position += count;
            return count;
        }
        catch (InvalidDataException error)
        {
            throw Damaged(error);
        }
    }

    private NiftiFormatException Damaged(Exception? cause) =>
        new(_name, $"its gzip stream is damaged or cut short after byte {_position} of its content; fetch the file again", cause);
}

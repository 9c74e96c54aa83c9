using System.Buffers.Binary;
using System.IO.Compression;

namespace HealthGpt.Data.Tests.Images;

/// <summary>Writes PNGs chunk by chunk, for tests alone: any header, any rows.</summary>
internal sealed record PngFile
{
    public uint Width { get; init; } = 3;

    public uint Height { get; init; } = 2;

    public byte Depth { get; init; } = 16;

    public byte Colour { get; init; }

    public byte Interlace { get; init; }

    /// <summary>Each row's filter and filtered bytes.</summary>
    public byte[] Rows { get; init; } = [];

    /// <summary>How many chunks the compressed rows are cut into.</summary>
    public int DataChunks { get; init; } = 1;

    public byte[] ToBytes()
    {
        using var file = new MemoryStream();
        file.Write([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]);
        var header = new byte[13];
        BinaryPrimitives.WriteUInt32BigEndian(header, Width);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(4), Height);
        (header[8], header[9], header[12]) = (Depth, Colour, Interlace);
        WriteChunk(file, "IHDR"u8, header);
        var data = Pack(Rows);
        for (var i = 0; i < DataChunks; i++)
            WriteChunk(file, "IDAT"u8, data[(i * data.Length / DataChunks)..((i + 1) * data.Length / DataChunks)]);
        WriteChunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    private static byte[] Pack(byte[] rows)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.SmallestSize))
            zlib.Write(rows);
        return packed.ToArray();
    }

    private static void WriteChunk(MemoryStream file, ReadOnlySpan<byte> type, byte[] data)
    {
        byte[] whole = [.. type, .. data];
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        file.Write(number);
        file.Write(whole);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc(whole));
        file.Write(number);
    }

    private static uint Crc(byte[] bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? 0xEDB88320u ^ (crc >> 1) : crc >> 1;
        }

        return ~crc;
    }
}

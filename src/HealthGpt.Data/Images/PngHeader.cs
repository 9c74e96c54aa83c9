using System.Buffers.Binary;

namespace HealthGpt.Data.Images;

/// <summary>The chunks of a PNG: what IHDR says and where the pixels' data lies.</summary>
internal sealed record PngHeader : ImageHeader
{
    // Deflate's best case is 258 bytes from two bits.
    private const long MostBytesOfPackedByte = 1032;
    private const int ChunkOverhead = 12;

    public static ReadOnlySpan<byte> Signature => [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Bits of a sample: 1, 2, 4, 8 or 16.</summary>
    public required int Depth { get; init; }

    public required PngColour Colour { get; init; }

    public required bool Interlaced { get; init; }

    /// <summary>The compressed pixels, in order.</summary>
    public required IReadOnlyList<Range> Data { get; init; }

    /// <summary>All that is long enough to tell begins so.</summary>
    public static bool Recognises(ReadOnlySpan<byte> bytes) => Signature.StartsWith(bytes[..Math.Min(bytes.Length, Signature.Length)]);

    public static PngHeader Read(ReadOnlySpan<byte> bytes, string name)
    {
        var data = new List<Range>();
        ReadOnlySpan<byte> first = [];
        for (var at = Signature.Length; ;)
        {
            var (type, range) = Chunk(bytes, at, name);
            if (first.IsEmpty)
                first = type.SequenceEqual("IHDR"u8) ? bytes[range] : throw new ImageFormatException(name, "its first chunk is not IHDR; it is no PNG");
            if (type.SequenceEqual("IDAT"u8))
                data.Add(range);
            if (type.SequenceEqual("IEND"u8))
                break;
            at = range.End.Value + 4;
        }

        return Of(first, data, bytes.Length, name);
    }

    /// <summary>Sees that the chunk that holds these data is as it was written.</summary>
    public static void CheckCrc(ReadOnlySpan<byte> bytes, Range data, string name)
    {
        var typeAndData = bytes[(data.Start.Value - 4)..data.End];
        if (BinaryPrimitives.ReadUInt32BigEndian(bytes[data.End..]) != PngCrc.Of(typeAndData))
            throw new ImageFormatException(name, $"the checksum of its chunk at byte {data.Start.Value - 8} is wrong; the file is damaged");
    }

    private static (byte[] Type, Range Data) Chunk(ReadOnlySpan<byte> bytes, int at, string name)
    {
        if (bytes.Length - at < ChunkOverhead)
            throw new ImageFormatException(name, $"it ends at byte {bytes.Length} before its last chunk; the file is cut short");
        var length = BinaryPrimitives.ReadUInt32BigEndian(bytes[at..]);
        if (length > bytes.Length - at - ChunkOverhead)
            throw new ImageFormatException(name, $"its chunk at byte {at} says it has {length} bytes, but the file ends at byte {bytes.Length}; the file is damaged or cut short");
        return (bytes.Slice(at + 4, 4).ToArray(), (at + 8)..(at + 8 + (int)length));
    }

    private static PngHeader Of(ReadOnlySpan<byte> first, List<Range> data, int fileLength, string name)
    {
        if (first.Length != 13)
            throw new ImageFormatException(name, $"its IHDR has {first.Length} bytes, but must have 13; the file is damaged");
        uint width = BinaryPrimitives.ReadUInt32BigEndian(first), height = BinaryPrimitives.ReadUInt32BigEndian(first[4..]);
        if (width is 0 or > int.MaxValue || height is 0 or > int.MaxValue)
            throw new ImageFormatException(name, $"its size is {width} x {height}, but must be 1 to {int.MaxValue} both ways; the file is damaged");
        var (depth, colour) = (first[8], (PngColour)first[9]);
        var channels = ChannelsOf(colour);
        if (channels == 0 || depth is not (1 or 2 or 4 or 8 or 16))
            throw new ImageFormatException(name, $"its colour type is {first[9]} with {depth} bits, which PNG does not have; the file is damaged");
        if (first[10] != 0 || first[11] != 0 || first[12] > 1)
            throw new ImageFormatException(name, $"its methods of compression, filtering and interlacing are {first[10]}, {first[11]} and {first[12]}, but PNG has 0, 0 and 0 or 1; the file is damaged");
        if (data.Count == 0)
            throw new ImageFormatException(name, "it has no IDAT chunk, so no pixels; the file is damaged");
        return new PngHeader
        {
            Width = (int)width,
            Height = (int)height,
            Depth = depth,
            Colour = colour,
            Interlaced = first[12] != 0,
            Data = data,
            PossiblePixels = data.Sum(range => (long)range.GetOffsetAndLength(fileLength).Length) * MostBytesOfPackedByte * 8 / (depth * channels),
        };
    }

    private static int ChannelsOf(PngColour colour) => colour switch
    {
        PngColour.Grey or PngColour.Palette => 1,
        PngColour.GreyAlpha => 2,
        PngColour.Rgb => 3,
        PngColour.RgbAlpha => 4,
        _ => 0,
    };
}

using System.Buffers.Binary;

namespace HealthGpt.Data.Volumes;

/// <summary>How one voxel is stored.</summary>
internal readonly record struct NiftiType(short Code, int Bytes)
{
    public const string Known = "uint8 (2), int16 (4), int32 (8), float32 (16), float64 (64), int8 (256), uint16 (512), uint32 (768)";

    public static NiftiType? Of(short code) => code switch
    {
        2 or 256 => new NiftiType(code, 1),
        4 or 512 => new NiftiType(code, 2),
        8 or 16 or 768 => new NiftiType(code, 4),
        64 => new NiftiType(code, 8),
        _ => null,
    };

    public double Read(ReadOnlySpan<byte> bytes, bool bigEndian)
    {
        if (Bytes == 1)
            return Code == 2 ? bytes[0] : (sbyte)bytes[0];
        if (Bytes == 2)
        {
            var bits = bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes);
            return Code == 4 ? (short)bits : bits;
        }

        if (Bytes == 8)
            return bigEndian ? BinaryPrimitives.ReadDoubleBigEndian(bytes) : BinaryPrimitives.ReadDoubleLittleEndian(bytes);
        var word = bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        return Code switch
        {
            8 => (int)word,
            16 => BitConverter.UInt32BitsToSingle(word),
            _ => word,
        };
    }
}

using System.Buffers.Binary;
using System.Numerics;

namespace HealthGpt.Data.Samples.Indexing;

/// <summary>What an index holds of one sample.</summary>
internal readonly record struct SampleEntry
{
    /// <summary>Bytes of an entry in the index.</summary>
    public const int Size = 32;

    /// <summary>Where its JSON begins in the samples file.</summary>
    public required long Offset { get; init; }

    /// <summary>Bytes of its JSON.</summary>
    public required int Length { get; init; }

    /// <summary>Line of the samples file, from 1.</summary>
    public required int Line { get; init; }

    /// <summary>CRC-32C of its JSON.</summary>
    public required uint Checksum { get; init; }

    /// <summary>Bytes of its answers in UTF-8; 0 where the answer is a picture.</summary>
    public required int AnswerBytes { get; init; }

    /// <summary>Number of its first picture among all that samples mention.</summary>
    public required int FirstImage { get; init; }

    /// <summary>How many pictures it mentions, the answer's last.</summary>
    public required ushort Images { get; init; }

    /// <summary>Its split, as <see cref="Splits.NumberOf"/> numbers them.</summary>
    public required byte Split { get; init; }

    /// <summary>Whether it could not be used when it was indexed. Then nothing is known of its answers and pictures.</summary>
    public bool Bad { get; init; }

    public static SampleEntry Read(ReadOnlySpan<byte> bytes) => new()
    {
        Offset = BinaryPrimitives.ReadInt64LittleEndian(bytes),
        Length = BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]),
        Line = BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]),
        Checksum = BinaryPrimitives.ReadUInt32LittleEndian(bytes[16..]),
        AnswerBytes = BinaryPrimitives.ReadInt32LittleEndian(bytes[20..]),
        FirstImage = BinaryPrimitives.ReadInt32LittleEndian(bytes[24..]),
        Images = BinaryPrimitives.ReadUInt16LittleEndian(bytes[28..]),
        Split = SplitOf(bytes),
        Bad = bytes[31] != 0,
    };

    /// <summary>The split alone.</summary>
    public static byte SplitOf(ReadOnlySpan<byte> bytes) => bytes[30];

    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteInt64LittleEndian(bytes, Offset);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[8..], Length);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[12..], Line);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[16..], Checksum);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[20..], AnswerBytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[24..], FirstImage);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[28..], Images);
        bytes[30] = Split;
        bytes[31] = Bad ? (byte)1 : (byte)0;
    }

    /// <summary>CRC-32C, which processors compute by themselves.</summary>
    public static uint ChecksumOf(ReadOnlySpan<byte> json)
    {
        var checksum = uint.MaxValue;
        for (; json.Length >= sizeof(ulong); json = json[sizeof(ulong)..])
            checksum = BitOperations.Crc32C(checksum, BinaryPrimitives.ReadUInt64LittleEndian(json));
        foreach (var value in json)
            checksum = BitOperations.Crc32C(checksum, value);
        return ~checksum;
    }
}

using System.Buffers.Binary;

namespace HealthGpt.Data.Dicom;

/// <summary>The bytes of a file, or of the data set that was inflated out of it, and what errors call them.</summary>
internal sealed class DicomBytes(byte[] bytes, string name, bool inflated = false)
{
    public string Name => name;

    public int Length => bytes.Length;

    public ReadOnlySpan<byte> Span(int start, int length) => bytes.AsSpan(start, length);

    public ushort UInt16(int offset, bool bigEndian) => bigEndian
        ? BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(offset))
        : BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(offset));

    public uint UInt32(int offset, bool bigEndian) => bigEndian
        ? BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(offset))
        : BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(offset));

    /// <summary>Words how an offset is told.</summary>
    public string At(int offset) => $"at offset {offset}{(inflated ? " of the inflated data set" : "")}";

    public DicomFormatException Fault(string reason) => new(name, reason);

    public DicomFormatException Fault(DicomElement element, string reason) => new(name, $"{element.Tag} {At(element.Offset)} {reason}");
}

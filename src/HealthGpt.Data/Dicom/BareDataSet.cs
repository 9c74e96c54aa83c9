using System.Buffers.Binary;
using System.Text;

namespace HealthGpt.Data.Dicom;

/// <summary>Recognises data sets that lie in a file without the header of Part 10, as some tools and older systems write them.</summary>
internal static class BareDataSet
{
    private const ushort FileMeta = 0x0002;
    private const ushort Identifying = 0x0008;
    private const ushort LastFirstElement = 0x0070;
    private const ushort LastSecondGroup = 0x0010;
    private const int HeaderLength = 8;

    private static readonly string[] Representations = ["UL", "OB", "UI", "CS", "DA", "TM", "DT", "SH", "LO", "ST", "SQ"];

    /// <summary>Whether the first bytes are those of one: two elements of the groups that come first, in either form.</summary>
    public static bool IsOne(ReadOnlySpan<byte> bytes) => StartsOne(bytes, bigEndian: false) || StartsOne(bytes, bigEndian: true);

    private static bool StartsOne(ReadOnlySpan<byte> bytes, bool bigEndian)
    {
        if (bytes.Length < HeaderLength)
            return false;
        var (group, element) = TagAt(bytes, bigEndian);
        if (group is not (FileMeta or Identifying) || element > LastFirstElement)
            return false;
        if (Representations.Contains(Encoding.ASCII.GetString(bytes[4..6])))
            return true;

        // Four bytes of a length are too little to go by, so the second element must stand where they say.
        var length = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
        if (bigEndian || length % 2 != 0 || length > bytes.Length - HeaderLength - 4)
            return false;
        var second = TagAt(bytes[(HeaderLength + (int)length)..], bigEndian);
        return second.Group >= group && second.Group <= LastSecondGroup && (second.Group > group || second.Element > element);
    }

    private static (ushort Group, ushort Element) TagAt(ReadOnlySpan<byte> bytes, bool bigEndian) => bigEndian
        ? (BinaryPrimitives.ReadUInt16BigEndian(bytes), BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]))
        : (BinaryPrimitives.ReadUInt16LittleEndian(bytes), BinaryPrimitives.ReadUInt16LittleEndian(bytes[2..]));
}

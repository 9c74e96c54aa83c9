using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace HealthGpt.Data.Tests.Dicom;

/// <summary>Makes DICOM files of explicit little endian elements, with a patient who must never be seen again.</summary>
internal sealed class SyntheticDicom
{
    public const string ExplicitLittleEndian = "1.2.840.10008.1.2.1";
    public const string Deflated = "1.2.840.10008.1.2.1.99";
    public const string Rle = "1.2.840.10008.1.2.5";
    public const string JpegBaseline = "1.2.840.10008.1.2.4.50";
    public const string JpegLossless = "1.2.840.10008.1.2.4.57";

    /// <summary>What no message and no result may hold.</summary>
    public static readonly string[] Secrets = ["Musterfrau", "GEHEIM-4711", "19511231", "1.2.3.4711.1", "1.2.3.4711.2", "1.2.3.4711.3"];

    private static readonly byte[] ItemDelimiter = [0xFE, 0xFF, 0x0D, 0xE0, 0, 0, 0, 0];
    private static readonly byte[] SequenceDelimiter = [0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0];

    private readonly SortedDictionary<uint, byte[]> _elements = [];

    /// <summary>A grey picture of 16 bits, of the numbers 0, 1, 2, ... unless pixels are set.</summary>
    public static SyntheticDicom Grey(int rows = 4, int columns = 4, string modality = "MR")
    {
        var pixels = new ushort[rows * columns];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = (ushort)i;
        return new SyntheticDicom()
            .Text(0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.4").Text(0x00080018, "UI", Secrets[3]).Text(0x00080060, "CS", modality)
            .Text(0x00100010, "PN", Secrets[0] + "^Erika").Text(0x00100020, "LO", Secrets[1]).Text(0x00100030, "DA", Secrets[2])
            .Text(0x0020000D, "UI", Secrets[4]).Text(0x0020000E, "UI", Secrets[5])
            .Words(0x00280002, 1).Text(0x00280004, "CS", "MONOCHROME2").Words(0x00280010, (ushort)rows).Words(0x00280011, (ushort)columns)
            .Words(0x00280100, 16).Words(0x00280101, 16).Words(0x00280102, 15).Words(0x00280103, 0)
            .Set(0x7FE00010, "OW", WordBytes(pixels));
    }

    /// <summary>A colour picture of 8 bits.</summary>
    public static SyntheticDicom Colour(int rows, int columns, byte[] pixels, string photometric = "RGB", ushort planar = 0) => Grey(rows, columns, "XC")
        .Words(0x00280002, 3).Text(0x00280004, "CS", photometric).Words(0x00280006, planar)
        .EightBits().Set(0x7FE00010, "OB", pixels);

    /// <summary>A slice of 4 x 4 pixels that lies somewhere.</summary>
    public static SyntheticDicom Slice(double[] position, double[] orientation, double[] spacing) => Grey()
        .Numbers(0x00200032, position).Numbers(0x00200037, orientation).Numbers(0x00280030, spacing);

    public SyntheticDicom Set(uint tag, string representation, byte[] value)
    {
        _elements[tag] = Element(tag, representation, value.Length % 2 == 0 ? value : [.. value, 0], (uint)(value.Length + (value.Length % 2)));
        return this;
    }

    public SyntheticDicom Raw(uint tag, byte[] element)
    {
        _elements[tag] = element;
        return this;
    }

    public SyntheticDicom Remove(uint tag)
    {
        _elements.Remove(tag);
        return this;
    }

    public SyntheticDicom EightBits() => Words(0x00280100, 8).Words(0x00280101, 8).Words(0x00280102, 7);

    public SyntheticDicom Words(uint tag, params ushort[] values) => Set(tag, "US", WordBytes(values));

    public SyntheticDicom Text(uint tag, string representation, string value) =>
        Set(tag, representation, Encoding.ASCII.GetBytes(value.Length % 2 == 0 ? value : value + " "));

    public SyntheticDicom Numbers(uint tag, params double[] values) =>
        Text(tag, "DS", string.Join('\\', values.Select(value => value.ToString("0.######", System.Globalization.CultureInfo.InvariantCulture))));

    /// <summary>A sequence whose items are data sets themselves, without defined lengths.</summary>
    public SyntheticDicom Sequence(uint tag, params SyntheticDicom[] items)
    {
        byte[] item = [0xFE, 0xFF, 0x00, 0xE0, 0xFF, 0xFF, 0xFF, 0xFF];
        var written = items.SelectMany(set => (byte[])[.. item, .. set.DataSet(), .. ItemDelimiter]);
        return Raw(tag, [.. Element(tag, "SQ", [], uint.MaxValue), .. written, .. SequenceDelimiter]);
    }

    /// <summary>Encapsulated pixel data: an empty offset table, then the fragments.</summary>
    public SyntheticDicom Fragments(params byte[][] fragments) => Encapsulated([[], .. fragments]);

    /// <summary>Encapsulated pixel data of these items, the offset table first.</summary>
    public SyntheticDicom Encapsulated(byte[][] items) =>
        Raw(0x7FE00010, [.. Element(0x7FE00010, "OB", [], uint.MaxValue), .. items.SelectMany(ItemOf), .. SequenceDelimiter]);

    public byte[] DataSet() => [.. _elements.Values.SelectMany(element => element)];

    public byte[] ToBytes(string syntax = ExplicitLittleEndian)
    {
        var meta = new SyntheticDicom().Text(0x00020003, "UI", Secrets[3]).Set(0x00020010, "UI", Encoding.ASCII.GetBytes(syntax)).DataSet();
        var length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, meta.Length);
        return [.. new byte[128], .. "DICM"u8, .. Element(0x00020000, "UL", length, 4), .. meta, .. syntax == Deflated ? Deflate(DataSet()) : DataSet()];
    }

    public static byte[] Element(uint tag, string representation, byte[] value, uint length)
    {
        var element = new List<byte>();
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteUInt16LittleEndian(number, (ushort)(tag >> 16));
        BinaryPrimitives.WriteUInt16LittleEndian(number[2..], (ushort)tag);
        element.AddRange(number);
        element.AddRange(Encoding.ASCII.GetBytes(representation));
        BinaryPrimitives.WriteUInt32LittleEndian(number, length);
        if (representation is "OB" or "OW" or "SQ" or "UN")
            element.AddRange([0, 0, .. number]);
        else
            element.AddRange(number[..2]);
        return [.. element, .. value];
    }

    public static byte[] WordBytes(params ushort[] values)
    {
        var bytes = new byte[2 * values.Length];
        for (var i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(2 * i), values[i]);
        return bytes;
    }

    public static byte[] Deflate(byte[] bytes)
    {
        using var deflated = new MemoryStream();
        using (var stream = new DeflateStream(deflated, CompressionLevel.Fastest))
            stream.Write(bytes);
        return deflated.ToArray();
    }

    private static IEnumerable<byte> ItemOf(byte[] value)
    {
        var length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, value.Length + (value.Length % 2));
        return [0xFE, 0xFF, 0x00, 0xE0, .. length, .. value, .. new byte[value.Length % 2]];
    }
}

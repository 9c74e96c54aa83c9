using System.Globalization;
using System.Text;

namespace HealthGpt.Data.Dicom;

/// <summary>The elements of a data set or an item that were kept, and their values. Lives only while a file is read.</summary>
internal sealed class DicomDataSet(DicomBytes bytes, DataSetEncoding encoding)
{
    // Most items of a hostile file hold nothing that is kept.
    private Dictionary<DicomTag, DicomElement>? _elements;
    private Dictionary<DicomTag, IReadOnlyList<DicomDataSet>>? _sequences;

    public DicomBytes Bytes => bytes;

    public DataSetEncoding Encoding => encoding;

    public void Add(DicomElement element)
    {
        if (!(_elements ??= []).TryAdd(element.Tag, element))
            throw bytes.Fault(element, "stands in the data set a second time; the file is damaged");
    }

    public void Add(DicomElement element, IReadOnlyList<DicomDataSet> items)
    {
        Add(element);
        (_sequences ??= [])[element.Tag] = items;
    }

    public DicomElement? Find(DicomTag tag) => _elements is not null && _elements.TryGetValue(tag, out var element) ? element : null;

    /// <summary>The items of a sequence; none if it is missing.</summary>
    public IReadOnlyList<DicomDataSet> Items(DicomTag tag) => _sequences is not null && _sequences.TryGetValue(tag, out var items) ? items : [];

    /// <summary>The error of one attribute, missing or wrong.</summary>
    public DicomFormatException Fault(DicomTag tag, string reason) =>
        Find(tag) is { } element ? bytes.Fault(element, reason) : bytes.Fault($"{tag} {reason}");

    public ReadOnlySpan<byte> Value(DicomTag tag) => Find(tag) is { Length: { } length } element ? bytes.Span(element.Start, length) : [];

    /// <summary>A text value without its padding; null if it is missing or empty.</summary>
    public string? Text(DicomTag tag)
    {
        var text = System.Text.Encoding.Latin1.GetString(Value(tag)).Trim(' ', '\0');
        return text.Length == 0 ? null : text;
    }

    /// <summary>A 16-bit value (US, or SS as the same bits); null if it is missing or empty.</summary>
    public int? UInt16(DicomTag tag)
    {
        if (Find(tag) is not { Length: > 0 } element)
            return null;
        return element.Length >= 2
            ? bytes.UInt16(element.Start, encoding.BigEndian)
            : throw Fault(tag, "has 1 byte, but a number of 16 bits needs 2; the file is damaged");
    }

    public uint? UInt32(DicomTag tag)
    {
        if (Find(tag) is not { Length: > 0 } element)
            return null;
        return element.Length >= 4
            ? bytes.UInt32(element.Start, encoding.BigEndian)
            : throw Fault(tag, $"has {element.Length} bytes, but a number of 32 bits needs 4; the file is damaged");
    }

    /// <summary>All 16-bit words of a value.</summary>
    public ushort[] Words(DicomTag tag)
    {
        if (Find(tag) is not { Length: { } length } element)
            return [];
        var words = new ushort[length / 2];
        for (var i = 0; i < words.Length; i++)
            words[i] = bytes.UInt16(element.Start + (2 * i), encoding.BigEndian);
        return words;
    }

    /// <summary>The numbers of a decimal string (DS); none if it is missing or empty.</summary>
    public double[] Decimals(DicomTag tag)
    {
        if (Text(tag) is not { } text)
            return [];
        var parts = text.Split('\\');
        var values = new double[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            if (!double.TryParse(parts[i].AsSpan().Trim(' '), NumberStyles.Float, CultureInfo.InvariantCulture, out values[i]) || !double.IsFinite(values[i]))
                throw Fault(tag, $"holds text that is no number as value {i + 1} of {parts.Length}; the file is damaged");
        }

        return values;
    }

    /// <summary>The first number of a decimal string; null if it is missing or empty.</summary>
    public double? Decimal(DicomTag tag) => Decimals(tag) is [var first, ..] ? first : null;

    /// <summary>An integer string (IS); null if it is missing or empty.</summary>
    public int? Integer(DicomTag tag)
    {
        if (Text(tag) is not { } text)
            return null;
        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw Fault(tag, "holds text that is no whole number; the file is damaged");
    }
}

namespace HealthGpt.Data.Dicom;

/// <summary>Walks the elements of a data set and keeps those whose tags are known here; every length is checked before it is followed.</summary>
internal sealed class DataSetParser(DicomBytes bytes)
{
    private const int MaximumDepth = 32;
    private const int MaximumItems = 1 << 20;
    private const uint UndefinedLength = 0xFFFFFFFF;

    private int _position;
    private int _items;

    /// <summary>Reads the file meta information (PS3.10, 7.1), which ends where its group does, or where its group length says.</summary>
    /// <returns>The elements and where the data set starts.</returns>
    public (DicomDataSet Meta, int End) ReadMeta(int start)
    {
        _position = start;
        var meta = new DicomDataSet(bytes, DataSetEncoding.FileMeta);
        long end = bytes.Length;
        while (_position < end && bytes.Length - _position >= 2 && bytes.UInt16(_position, bigEndian: false) == 2)
        {
            var element = ReadHeader(bytes.Length, DataSetEncoding.FileMeta, "the file");
            ReadValue(meta, element, bytes.Length, DataSetEncoding.FileMeta, depth: 0, keep: true);
            if (element.Tag == DicomTag.FileMetaInformationGroupLength && meta.UInt32(element.Tag) is { } length)
                end = Math.Min(bytes.Length, (long)_position + length);
        }

        return (meta, _position);
    }

    /// <summary>Reads a data set up to its pixel data; nothing that follows is needed.</summary>
    public DicomDataSet ReadDataSet(int start, DataSetEncoding encoding)
    {
        _position = start;
        var set = new DicomDataSet(bytes, encoding);
        while (_position < bytes.Length)
        {
            var element = ReadHeader(bytes.Length, encoding, "the file");
            if (element.Tag.Group == 0xFFFE)
                throw bytes.Fault(element, "stands outside of every sequence; the file is damaged");
            if (element.Tag == DicomTag.PixelData)
            {
                set.Add(element);
                break;
            }

            ReadValue(set, element, bytes.Length, encoding, depth: 0, keep: true);
        }

        return set;
    }

    private void ReadValue(DicomDataSet set, DicomElement element, int end, DataSetEncoding encoding, int depth, bool keep)
    {
        keep &= element.Tag.IsKept;
        if (element.IsUndefined || (keep && element.Tag.IsKeptSequence))
        {
            var inside = element.Representation == DicomElement.Unknown ? DataSetEncoding.InsideUnknown : encoding;
            var items = ReadItems(element, end, inside, depth + 1, keep && element.Tag.IsKeptSequence);
            if (items is not null)
                set.Add(element, items);
            return;
        }

        if (keep)
            set.Add(element);
        _position = element.Start + element.Length!.Value;
    }

    private List<DicomDataSet>? ReadItems(DicomElement sequence, int end, DataSetEncoding encoding, int depth, bool keep)
    {
        if (depth > MaximumDepth)
            throw bytes.Fault(sequence, $"is a sequence at depth {depth}, deeper than the {MaximumDepth} that are read; the file is damaged");
        var items = keep ? new List<DicomDataSet>() : null;
        if (sequence.Length is { } length)
            end = sequence.Start + length;
        _position = sequence.Start;
        while (sequence.IsUndefined || _position < end)
        {
            var item = ReadHeader(end, encoding, $"the sequence {sequence.Tag}");
            if (item.Tag == DicomTag.SequenceDelimitationItem && sequence.IsUndefined)
            {
                _position = item.Start;
                return items;
            }

            if (item.Tag != DicomTag.Item)
                throw bytes.Fault(item, $"stands where an item of the sequence {sequence.Tag} should; the file is damaged");
            if (keep || item.IsUndefined)
                ReadItem(item, end, encoding, depth, items);
            else
                _position = item.Start + item.Length!.Value;
        }

        return items;
    }

    private void ReadItem(DicomElement item, int end, DataSetEncoding encoding, int depth, List<DicomDataSet>? items)
    {
        var set = new DicomDataSet(bytes, encoding);
        if (item.Length is { } length)
            end = item.Start + length;
        _position = item.Start;
        while (item.IsUndefined || _position < end)
        {
            var element = ReadHeader(end, encoding, "its item");
            if (element.Tag == DicomTag.ItemDelimitationItem && item.IsUndefined)
            {
                _position = element.Start;
                break;
            }

            if (element.Tag.Group == 0xFFFE)
                throw bytes.Fault(element, "stands inside an item; the file is damaged");
            ReadValue(set, element, end, encoding, depth, items is not null);
        }

        if (items is not null && ++_items > MaximumItems)
            throw bytes.Fault(item, $"is one item more than the {MaximumItems} that are read");
        items?.Add(set);
    }

    private DicomElement ReadHeader(int end, DataSetEncoding encoding, string owner)
    {
        var offset = _position;
        var left = end - offset;
        if (left < 8)
            throw bytes.Fault($"{owner} ends {bytes.At(offset)} in the middle of an element; the file is damaged or cut short");
        var tag = new DicomTag(((uint)bytes.UInt16(offset, encoding.BigEndian) << 16) | bytes.UInt16(offset + 2, encoding.BigEndian));
        if (!encoding.Explicit || tag.Group == 0xFFFE)
            return Checked(tag, offset, offset + 8, bytes.UInt32(offset + 4, encoding.BigEndian), 0, end, owner);

        var letters = bytes.Span(offset + 4, 2);
        if (letters[0] is < (byte)'A' or > (byte)'Z' || letters[1] is < (byte)'A' or > (byte)'Z')
            throw bytes.Fault($"{tag} {bytes.At(offset)} has a value representation that is not two letters; the file is damaged or not of its transfer syntax");
        var representation = (letters[0] << 8) | letters[1];
        if (!DicomElement.HasLongForm(representation))
            return Checked(tag, offset, offset + 8, bytes.UInt16(offset + 6, encoding.BigEndian), representation, end, owner);
        if (left < 12)
            throw bytes.Fault($"{owner} ends {bytes.At(offset)} in the middle of {tag}; the file is damaged or cut short");
        return Checked(tag, offset, offset + 12, bytes.UInt32(offset + 8, encoding.BigEndian), representation, end, owner);
    }

    private DicomElement Checked(DicomTag tag, int offset, int start, uint length, int representation, int end, string owner)
    {
        var element = new DicomElement(tag, offset, start, length == UndefinedLength ? null : 0, representation);
        if (element.IsUndefined && !DicomElement.MayBeUndefined(representation))
            throw bytes.Fault(element, "has no defined length, which its representation forbids; the file is damaged");
        if (element.IsUndefined)
            return element;
        if (length > end - start)
            throw bytes.Fault(element, $"claims {length} bytes, but {owner} holds {end - start} more; the file is damaged or cut short");
        return element with { Length = (int)length };
    }
}

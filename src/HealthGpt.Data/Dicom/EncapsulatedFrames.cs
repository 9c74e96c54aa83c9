using HealthGpt.Data.Images;

namespace HealthGpt.Data.Dicom;

/// <summary>Puts the fragments of encapsulated pixel data together into frames (PS3.5, annex A.4).</summary>
internal static class EncapsulatedFrames
{
    /// <returns>The coded bytes of every frame.</returns>
    public static byte[][] Read(DicomDataSet set, DicomElement pixelData, int frames, bool jpeg)
    {
        var items = ReadItems(set, pixelData);
        if (items.Count == 0)
            throw set.Fault(DicomTag.PixelData, "lacks the offset table that comes before its fragments; the file is damaged");
        var fragments = items[1..];
        if (fragments.Count < frames)
            throw set.Fault(DicomTag.PixelData, $"has {fragments.Count} fragments, too few for {frames} frames; the file is damaged or cut short");
        var starts = FrameStarts(set, items[0], fragments, frames, jpeg);
        var coded = new byte[frames][];
        for (var frame = 0; frame < frames; frame++)
            coded[frame] = Join(set.Bytes, fragments[starts[frame]..(frame + 1 < frames ? starts[frame + 1] : fragments.Count)]);
        return coded;
    }

    private static List<DicomElement> ReadItems(DicomDataSet set, DicomElement pixelData)
    {
        var (bytes, bigEndian) = (set.Bytes, set.Encoding.BigEndian);
        var items = new List<DicomElement>();
        for (var at = pixelData.Start; ;)
        {
            if (bytes.Length - at < 8)
                throw set.Fault(DicomTag.PixelData, $"has no end: the file stops {bytes.At(at)} among its fragments; it is cut short");
            var tag = new DicomTag(((uint)bytes.UInt16(at, bigEndian) << 16) | bytes.UInt16(at + 2, bigEndian));
            var length = bytes.UInt32(at + 4, bigEndian);
            if (tag == DicomTag.SequenceDelimitationItem)
                return items;
            if (tag != DicomTag.Item)
                throw bytes.Fault($"{tag} {bytes.At(at)} stands where a fragment of {DicomTag.PixelData} should; the file is damaged");
            if (length > bytes.Length - at - 8)
            {
                throw bytes.Fault($"the fragment of {DicomTag.PixelData} {bytes.At(at)} claims {length} bytes, but the file holds {bytes.Length - at - 8} more; "
                    + "it is damaged or cut short");
            }

            items.Add(new DicomElement(tag, at, at + 8, (int)length, 0));
            at += 8 + (int)length;
        }
    }

    private static List<int> FrameStarts(DicomDataSet set, DicomElement table, List<DicomElement> fragments, int frames, bool jpeg)
    {
        if (frames == 1)
            return [0];
        if (fragments.Count == frames)
            return [.. Enumerable.Range(0, frames)];
        if (table.Length == 4 * (long)frames)
            return StartsOfTable(set, table, fragments, frames);
        List<int> starts = jpeg ? [.. Enumerable.Range(0, fragments.Count).Where(index => StartsJpeg(set.Bytes, fragments[index]))] : [];
        if (starts.Count != frames || starts[0] != 0)
        {
            throw set.Fault(DicomTag.PixelData, $"has {fragments.Count} fragments for {frames} frames and nothing that tells which belong together; "
                + "the file is damaged");
        }

        return starts;
    }

    private static List<int> StartsOfTable(DicomDataSet set, DicomElement table, List<DicomElement> fragments, int frames)
    {
        var byOffset = new Dictionary<long, int>();
        for (var i = 0; i < fragments.Count; i++)
            byOffset[fragments[i].Offset - fragments[0].Offset] = i;
        var starts = new List<int>(frames);
        for (var frame = 0; frame < frames; frame++)
        {
            var offset = set.Bytes.UInt32(table.Start + (4 * frame), set.Encoding.BigEndian);
            if (!byOffset.TryGetValue(offset, out var index) || index <= (frame == 0 ? -1 : starts[^1]))
            {
                throw set.Fault(DicomTag.PixelData, $"has an offset table whose entry {frame + 1} points at {offset}, where no further fragment starts; "
                    + "the file is damaged");
            }

            starts.Add(index);
        }

        return starts[0] == 0 ? starts : throw set.Fault(DicomTag.PixelData, "has an offset table that leaves the first fragment out; the file is damaged");
    }

    private static bool StartsJpeg(DicomBytes bytes, DicomElement fragment) => bytes.Span(fragment.Start, fragment.Length!.Value).StartsWith(JpegMarker.Start);

    private static byte[] Join(DicomBytes bytes, List<DicomElement> fragments)
    {
        var joined = new byte[fragments.Sum(fragment => fragment.Length!.Value)];
        var at = 0;
        foreach (var fragment in fragments)
        {
            bytes.Span(fragment.Start, fragment.Length!.Value).CopyTo(joined.AsSpan(at));
            at += fragment.Length!.Value;
        }

        return joined;
    }
}

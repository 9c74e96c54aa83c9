using System.Buffers.Binary;

namespace HealthGpt.Data.Images;

/// <summary>The segments of a JPEG (ITU T.81, annex B): what the frame header says, and that the file goes on to its end.</summary>
internal sealed record JpegHeader : ImageHeader
{
    // Huffman codes have at least one bit, and each block of 64 pixels of some component has at least one; two components may share the sampling.
    private const long MostPixelsOfByte = 8 * 64 * 2;

    /// <summary>The segments that decoding needs, by their markers: tables, restart intervals, the frame and its scans; after a scan's segment its data starts.</summary>
    public required IReadOnlyList<(byte Marker, Range Contents)> Segments { get; init; }

    public static bool Recognises(ReadOnlySpan<byte> bytes) => ((ReadOnlySpan<byte>)[0xFF, JpegMarker.StartOfImage, 0xFF]).StartsWith(bytes[..Math.Min(bytes.Length, 3)]);

    public static JpegHeader Read(ReadOnlySpan<byte> bytes, string name)
    {
        JpegHeader? header = null;
        var segments = new List<(byte Marker, Range Contents)>();
        for (var at = 2; ;)
        {
            var marker = Marker(bytes, ref at, name);
            if (marker == JpegMarker.EndOfImage)
                break;
            if (marker == 0 || JpegMarker.StandsAlone(marker))
                continue;
            var contents = Segment(bytes, ref at, name);
            if (JpegMarker.IsFrameOrTables(marker) || marker is JpegMarker.StartOfScan or JpegMarker.RestartInterval)
                segments.Add((marker, contents));
            if (JpegMarker.IsFrame(marker))
                header ??= Frame(marker, bytes[contents], bytes.Length, name) with { Segments = segments };
            if (marker == JpegMarker.StartOfScan)
                SkipScan(bytes, ref at);
        }

        return header ?? throw new ImageFormatException(name, "it has no frame header, so no picture; the file is damaged");
    }

    private static byte Marker(ReadOnlySpan<byte> bytes, ref int at, string name)
    {
        // Some cameras leave bytes between segments, which every decoder skips.
        while (at < bytes.Length && bytes[at] != 0xFF)
            at++;
        while (at < bytes.Length && bytes[at] == 0xFF)
            at++;
        return at < bytes.Length ? bytes[at++] : throw CutShort(bytes, name);
    }

    private static Range Segment(ReadOnlySpan<byte> bytes, ref int at, string name)
    {
        if (bytes.Length - at < 2)
            throw CutShort(bytes, name);
        int start = at, length = BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]);
        if (length < 2)
            throw new ImageFormatException(name, $"its segment at byte {at} says it has {length} bytes, but must have 2; the file is damaged");
        if (length > bytes.Length - at)
            throw CutShort(bytes, name);
        at += length;
        return (start + 2)..at;
    }

    private static JpegHeader Frame(byte marker, ReadOnlySpan<byte> segment, int fileLength, string name)
    {
        if (marker > JpegMarker.Progressive)
            throw new ImageFormatException(name, $"it is a {(marker == JpegMarker.Lossless ? "lossless" : "hierarchical, lossless or arithmetic-coded")} JPEG, which is not read; convert it to PNG");
        if (segment.Length < 6)
            throw new ImageFormatException(name, $"its frame header has {segment.Length} bytes, but must have at least 6; the file is damaged");
        if (segment[0] != 8)
            throw new ImageFormatException(name, $"it is a {segment[0]}-bit JPEG and only 8-bit ones are read; convert it to PNG");
        int height = BinaryPrimitives.ReadUInt16BigEndian(segment[1..]), width = BinaryPrimitives.ReadUInt16BigEndian(segment[3..]);
        if (width == 0 || height == 0)
            throw new ImageFormatException(name, $"its size is {width} x {height}, but must be at least 1 both ways; the file is damaged");
        return new JpegHeader { Width = width, Height = height, PossiblePixels = fileLength * MostPixelsOfByte, Segments = [] };
    }

    private static void SkipScan(ReadOnlySpan<byte> bytes, ref int at)
    {
        // In a scan FF is followed by 00 where it is data, and by D0 to D7 between restart intervals.
        while (at < bytes.Length)
        {
            var next = bytes[at..].IndexOf((byte)0xFF);
            if (next < 0 || at + next + 1 >= bytes.Length)
                break;
            at += next;
            if (bytes[at + 1] != 0 && !JpegMarker.IsRestart(bytes[at + 1]))
                return;
            at += 2;
        }

        at = bytes.Length;
    }

    private static ImageFormatException CutShort(ReadOnlySpan<byte> bytes, string name) =>
        new(name, $"it ends at byte {bytes.Length} before its end marker; the file is cut short");
}

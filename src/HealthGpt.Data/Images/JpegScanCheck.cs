using System.Buffers.Binary;

namespace HealthGpt.Data.Images;

/// <summary>Sees that the scans of a Huffman-coded JPEG, sequential or progressive, have all pixels of its frame: decoders put grey where some are missing.</summary>
internal sealed class JpegScanCheck
{
    private const int BlockSide = 8;
    private const int LastCoefficient = 63;

    private readonly JpegHuffmanTable?[] _tables = new JpegHuffmanTable?[2 * JpegHuffmanTable.PlacesOfClass];
    private JpegComponent[] _components = [];
    private (int Wide, int High) _units;
    private bool _progressive;
    private int _restartInterval;

    /// <exception cref="JpegFormatException">Pixels are missing or damaged.</exception>
    public static void Run(ReadOnlySpan<byte> bytes, JpegHeader header)
    {
        var check = new JpegScanCheck();
        foreach (var (marker, contents) in header.Segments)
        {
            var segment = bytes[contents];
            if (marker == JpegMarker.HuffmanTables)
                JpegHuffmanTable.Read(segment, check._tables);
            else if (marker == JpegMarker.RestartInterval)
                check._restartInterval = segment.Length == 2 ? BinaryPrimitives.ReadUInt16BigEndian(segment) : throw new JpegFormatException("has a restart interval of a wrong length");
            else if (marker == JpegMarker.StartOfScan)
                check.ScanOf(segment).Read(bytes, contents.End.Value, check._units, check._restartInterval);
            else if (JpegMarker.IsFrame(marker))
                check.TakeFrame(marker, segment, header);
        }

        if (!check._components.All(component => component.IsComplete))
            throw new JpegFormatException("ends before all of its components are coded");
    }

    private void TakeFrame(byte marker, ReadOnlySpan<byte> segment, JpegHeader header)
    {
        int count = segment.Length > 5 ? segment[5] : 0, widest = 1, highest = 1;
        if (_components.Length > 0 || count == 0 || segment.Length < 6 + (3 * count))
            throw new JpegFormatException("has two JPEG frame headers, or one that is too short for its components");
        _progressive = marker == JpegMarker.Progressive;
        for (var i = 0; i < count; i++)
        {
            var (horizontal, vertical) = SamplingOf(segment[7 + (3 * i)]);
            (widest, highest) = (Math.Max(widest, horizontal), Math.Max(highest, vertical));
        }

        _units = (Parts(header.Width, BlockSide * widest), Parts(header.Height, BlockSide * highest));
        _components = new JpegComponent[count];
        for (var i = 0; i < count; i++)
        {
            var (horizontal, vertical) = SamplingOf(segment[7 + (3 * i)]);
            var blocks = (Parts(header.Width * horizontal, BlockSide * widest), Parts(header.Height * vertical, BlockSide * highest));
            _components[i] = new JpegComponent(segment[6 + (3 * i)], horizontal, vertical, blocks, _units, _progressive);
        }
    }

    private JpegScan ScanOf(ReadOnlySpan<byte> segment)
    {
        var count = segment.Length > 0 ? segment[0] : 0;
        if (count is < 1 or > 4 || segment.Length != 4 + (2 * count))
            throw new JpegFormatException("has a JPEG scan header of a wrong length");
        int first = 0, last = LastCoefficient, before = 0, lowestBit = 0;
        if (_progressive)
            (first, last, before, lowestBit) = (segment[^3], segment[^2], segment[^1] >> 4, segment[^1] & 0x0F);
        if (_progressive && (first > last || last > LastCoefficient || (first == 0 && last > 0) || (first > 0 && count > 1) || (before > 0 && before != lowestBit + 1)))
            throw new JpegFormatException("has a JPEG scan of coefficients that no scan may have");
        var parts = new JpegScan.Part[count];
        for (var i = 0; i < count; i++)
        {
            var component = ComponentOf(segment[1 + (2 * i)]);
            component.Tell(first, last, before, lowestBit);
            var places = segment[2 + (2 * i)];
            var dc = first == 0 && before == 0 ? Table(0, places >> 4) : null;
            parts[i] = new JpegScan.Part(component, dc, last > 0 ? Table(1, places & 0x0F) : null);
        }

        return new JpegScan(parts, first, last, before > 0, _progressive);
    }

    private JpegComponent ComponentOf(byte id) =>
        Array.Find(_components, component => component.Id == id) ?? throw new JpegFormatException("has a JPEG scan of a component that its frame has not");

    private JpegHuffmanTable Table(int kind, int place) =>
        (place < JpegHuffmanTable.PlacesOfClass ? _tables[(kind * JpegHuffmanTable.PlacesOfClass) + place] : null)
        ?? throw new JpegFormatException($"has no Huffman table {place}, which a scan needs");

    private static (int Horizontal, int Vertical) SamplingOf(byte sampling)
    {
        var (horizontal, vertical) = (sampling >> 4, sampling & 0x0F);
        return horizontal is >= 1 and <= 4 && vertical is >= 1 and <= 4 ? (horizontal, vertical) : throw new JpegFormatException("has a sampling factor that is not 1 to 4");
    }

    private static int Parts(int length, int part) => ((length - 1) / part) + 1;
}

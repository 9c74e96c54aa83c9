using HealthGpt.Data.Images;

namespace HealthGpt.Data.Dicom;

/// <summary>Decodes lossless JPEG with Huffman codes (ITU-T T.81, annex H): each sample is the difference to one predicted from its neighbours.</summary>
internal sealed class JpegLosslessDecoder(byte[] bytes, PixelDescription description)
{
    private const int MaximumDifferenceBits = 16;

    private readonly JpegHuffmanTable?[] _tables = new JpegHuffmanTable?[4];
    private JpegFrameHeader? _header;
    private int _restartInterval;
    private int[] _samples = [];
    private int _decodedComponents;

    /// <returns>The samples, those of a pixel side by side.</returns>
    /// <exception cref="JpegFormatException">The stream is damaged or no such JPEG.</exception>
    public int[] Decode()
    {
        var reader = new JpegMarkerReader(bytes);
        while (_header is null || _decodedComponents != (1 << description.Samples) - 1)
        {
            var marker = reader.Next(out var segment);
            if (marker == JpegMarker.EndOfImage)
                throw new JpegFormatException("is a JPEG that ends before all of its components are coded");
            if (marker == JpegMarker.HuffmanTables)
                JpegHuffmanTable.Read(segment, _tables);
            else if (marker == JpegMarker.RestartInterval)
                _restartInterval = segment.Length == 2 ? (segment[0] << 8) | segment[1] : throw new JpegFormatException("has a restart interval of a wrong length");
            else if (JpegMarker.IsFrame(marker))
                ReadFrame(JpegFrameHeader.Read(marker, segment));
            else if (marker == JpegMarker.StartOfScan)
                reader.Position = DecodeScan(segment, reader.Position);
        }

        return _samples;
    }

    private void ReadFrame(JpegFrameHeader header)
    {
        if (_header is not null)
            throw new JpegFormatException("is a JPEG with two frame headers");
        if (header.Process != 3)
            throw new JpegFormatException($"is a {header.ProcessName} JPEG, but its transfer syntax is a lossless one");
        header.Check(description);
        if (header.Precision is < 2 or > 16)
            throw new JpegFormatException($"is a lossless JPEG of {header.Precision} bits, but 2 to 16 are allowed");
        if (header.Components.Count > 1 && header.Components.Any(component => component.Sampling != 0x11))
            throw new JpegFormatException("is a lossless JPEG with subsampled components, which is not read", $"convert it with {TransferSyntax.ByDcmtkJpeg}");
        // Every sample takes a bit at least.
        if (bytes.Length * 8L < description.FrameLength)
            throw new JpegFormatException($"has {bytes.Length} bytes, too few for {description.FrameLength} samples");
        _header = header;
        _samples = new int[description.FrameLength];
    }

    private int DecodeScan(ReadOnlySpan<byte> segment, int position)
    {
        if (_header is null)
            throw new JpegFormatException("has a JPEG scan before the frame header");
        var count = segment.Length > 0 ? segment[0] : 0;
        if (count < 1 || count > description.Samples || segment.Length != 4 + (2 * count))
            throw new JpegFormatException("has a JPEG scan header of a wrong length");
        var planes = new Plane[count];
        for (var i = 0; i < count; i++)
            planes[i] = ReadPlane(segment[1 + (2 * i)], segment[2 + (2 * i)] >> 4);
        int predictor = segment[1 + (2 * count)], shift = segment[3 + (2 * count)] & 0x0F;
        if (predictor is < 1 or > 7)
            throw new JpegFormatException($"has the predictor {predictor}, but 1 to 7 are allowed");
        if (shift >= _header.Precision)
            throw new JpegFormatException($"has a point transform of {shift} for {_header.Precision} bits");
        if (_restartInterval % description.Columns != 0)
            throw new JpegFormatException($"restarts every {_restartInterval} pixels, which is no whole number of rows of {description.Columns}");
        return DecodeRows(planes, predictor, shift, position);
    }

    private Plane ReadPlane(int id, int place)
    {
        var index = 0;
        while (index < _header!.Components.Count && _header.Components[index].Id != id)
            index++;
        if (index == _header.Components.Count || (_decodedComponents & (1 << index)) != 0)
            throw new JpegFormatException("has a JPEG scan of a component that is unknown or was coded before");
        _decodedComponents |= 1 << index;
        var table = place < _tables.Length ? _tables[place] : null;
        return new Plane(index, table ?? throw new JpegFormatException($"has no Huffman table {place}, which a scan needs"));
    }

    private int DecodeRows(Plane[] planes, int predictor, int shift, int position)
    {
        var bits = new JpegBits(bytes, position);
        var rowsAnInterval = _restartInterval / description.Columns;
        var start = 1 << (_header!.Precision - shift - 1);
        for (var row = 0; row < description.Rows; row++)
        {
            var isFirst = row == 0;
            if (rowsAnInterval > 0 && row > 0 && row % rowsAnInterval == 0)
            {
                bits.Restart(((row / rowsAnInterval) - 1) % 8);
                isFirst = true;
            }

            DecodeRow(ref bits, planes, row, isFirst, predictor, start);
        }

        if (shift > 0)
            Scale(planes, shift);
        return bits.Position;
    }

    private void DecodeRow(ref JpegBits bits, Plane[] planes, int row, bool isFirst, int predictor, int start)
    {
        var step = description.Samples;
        var width = description.Columns * step;
        for (var column = 0; column < description.Columns; column++)
        {
            foreach (var plane in planes)
            {
                var at = (row * width) + (column * step) + plane.Component;
                int predicted;
                if (isFirst)
                    predicted = column == 0 ? start : _samples[at - step];
                else if (column == 0)
                    predicted = _samples[at - width];
                else
                    predicted = Predict(predictor, _samples[at - step], _samples[at - width], _samples[at - width - step]);
                _samples[at] = (predicted + Difference(ref bits, plane.Table)) & 0xFFFF;
            }
        }
    }

    private static int Predict(int predictor, int left, int above, int corner) => predictor switch
    {
        1 => left,
        2 => above,
        3 => corner,
        4 => left + above - corner,
        5 => left + ((above - corner) >> 1),
        6 => above + ((left - corner) >> 1),
        _ => (left + above) >> 1,
    };

    private static int Difference(ref JpegBits bits, JpegHuffmanTable table)
    {
        int length = table.Decode(ref bits);
        if (length == 0)
            return 0;
        if (length == MaximumDifferenceBits)
            return 32768;
        if (length > MaximumDifferenceBits)
            throw new JpegFormatException($"has a difference of {length} bits, but 16 are the most");
        var value = bits.Read(length);
        return value >= 1 << (length - 1) ? value : value - (1 << length) + 1;
    }

    private void Scale(Plane[] planes, int shift)
    {
        foreach (var plane in planes)
        {
            for (var at = plane.Component; at < _samples.Length; at += description.Samples)
                _samples[at] = (_samples[at] << shift) & 0xFFFF;
        }
    }

    private readonly record struct Plane(int Component, JpegHuffmanTable Table);
}

namespace HealthGpt.Data.Tests.Dicom;

/// <summary>Writes lossless JPEG (ITU-T T.81, annex H) with codes of five bits, to test what dcmtk does not write: restarts and scans of one component.</summary>
internal sealed class LosslessJpegEncoder(int rows, int columns, int components, int precision)
{
    private readonly List<byte> _bytes = [0xFF, 0xD8];
    private int _pending;
    private int _pendingCount;

    public int Predictor { get; init; } = 1;

    public int PointTransform { get; init; }

    public int RowsAnInterval { get; init; }

    public bool Interleaved { get; init; } = true;

    /// <summary>The frame header alone.</summary>
    public byte[] Header()
    {
        WriteFrame();
        return [.. _bytes];
    }

    /// <param name="samples">Those of a pixel side by side.</param>
    public byte[] Encode(int[] samples)
    {
        WriteFrame();
        WriteTables();
        if (Interleaved)
            Scan(samples, [.. Enumerable.Range(0, components)]);
        for (var component = 0; !Interleaved && component < components; component++)
            Scan(samples, [component]);
        return [.. _bytes, 0xFF, 0xD9];
    }

    private void WriteFrame()
    {
        byte[] frame = [(byte)precision, (byte)(rows >> 8), (byte)rows, (byte)(columns >> 8), (byte)columns, (byte)components];
        Segment(0xC3, [.. frame, .. Enumerable.Range(1, components).SelectMany(id => (byte[])[(byte)id, 0x11, 0])]);
    }

    private void WriteTables()
    {
        // Seventeen codes of five bits: one for every length of a difference.
        Segment(0xC4, [0, 0, 0, 0, 0, 17, .. new byte[11], .. Enumerable.Range(0, 17).Select(value => (byte)value)]);
        var interval = RowsAnInterval * columns;
        if (interval > 0)
            Segment(0xDD, [(byte)(interval >> 8), (byte)interval]);
    }

    private void Scan(int[] samples, int[] planes)
    {
        Segment(0xDA, [(byte)planes.Length, .. planes.SelectMany(plane => (byte[])[(byte)(plane + 1), 0]), (byte)Predictor, 0, (byte)PointTransform]);
        for (var row = 0; row < rows; row++)
        {
            var isFirst = row == 0;
            if (row > 0 && RowsAnInterval > 0 && row % RowsAnInterval == 0)
            {
                Flush();
                _bytes.AddRange([0xFF, (byte)(0xD0 + (((row / RowsAnInterval) - 1) % 8))]);
                isFirst = true;
            }

            for (var column = 0; column < columns; column++)
            {
                foreach (var plane in planes)
                    Difference(At(samples, plane, row, column) - Predicted(samples, plane, row, column, isFirst));
            }
        }

        Flush();
    }

    private int At(int[] samples, int plane, int row, int column) => samples[(((row * columns) + column) * components) + plane] >> PointTransform;

    private int Predicted(int[] samples, int plane, int row, int column, bool isFirst)
    {
        if (isFirst)
            return column == 0 ? 1 << (precision - PointTransform - 1) : At(samples, plane, row, column - 1);
        var above = At(samples, plane, row - 1, column);
        if (column == 0)
            return above;
        int left = At(samples, plane, row, column - 1), corner = At(samples, plane, row - 1, column - 1);
        return Predictor switch
        {
            1 => left,
            2 => above,
            3 => corner,
            4 => left + above - corner,
            5 => left + ((above - corner) >> 1),
            6 => above + ((left - corner) >> 1),
            _ => (left + above) >> 1,
        };
    }

    private void Difference(int difference)
    {
        // Differences count modulo 65536, from -32767 to 32768.
        difference = (short)difference == short.MinValue ? 32768 : (short)difference;
        var length = 0;
        while (Math.Abs(difference) >> length != 0)
            length++;
        Bits(length, 5);
        if (length is > 0 and < 16)
            Bits(difference > 0 ? difference : difference + (1 << length) - 1, length);
    }

    private void Bits(int value, int count)
    {
        for (var bit = count - 1; bit >= 0; bit--)
        {
            _pending = (_pending << 1) | ((value >> bit) & 1);
            if (++_pendingCount < 8)
                continue;
            _bytes.Add((byte)_pending);
            if (_pending == 0xFF)
                _bytes.Add(0);
            (_pending, _pendingCount) = (0, 0);
        }
    }

    private void Flush() => Bits(0x7F, (8 - _pendingCount) % 8);

    private void Segment(byte marker, byte[] content) => _bytes.AddRange([0xFF, marker, (byte)((content.Length + 2) >> 8), (byte)(content.Length + 2), .. content]);
}

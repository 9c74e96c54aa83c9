namespace HealthGpt.Data.Images;

/// <summary>A table of Huffman codes (ITU-T T.81, annexes C and F.2.2.3).</summary>
internal sealed class JpegHuffmanTable
{
    /// <summary>Places of tables of one class.</summary>
    public const int PlacesOfClass = 4;

    private const int FastBits = 9;

    // Length in the upper byte, value in the lower; 0 where the code is longer.
    private readonly ushort[] _fast = new ushort[1 << FastBits];
    private readonly int[] _firstCode = new int[17];
    private readonly int[] _firstIndex = new int[17];
    private readonly int[] _counts = new int[17];
    private readonly byte[] _values;

    private JpegHuffmanTable(ReadOnlySpan<byte> counts, ReadOnlySpan<byte> values)
    {
        _values = values.ToArray();
        int code = 0, index = 0;
        for (var length = 1; length <= 16; length++, code <<= 1)
        {
            (_firstCode[length], _firstIndex[length], _counts[length]) = (code, index, counts[length - 1]);
            if (code + _counts[length] > 1 << length)
                throw new JpegFormatException($"has a Huffman table with more codes of {length} bits than there are");
            for (var i = 0; i < _counts[length]; i++, code++, index++)
            {
                if (length <= FastBits)
                    _fast.AsSpan(code << (FastBits - length), 1 << (FastBits - length)).Fill((ushort)((length << 8) | _values[index]));
            }
        }
    }

    /// <summary>Reads the tables of one segment into their places.</summary>
    /// <param name="segment">The segment's contents.</param>
    /// <param name="tables">The four places of DC (or lossless) tables and, where others are allowed, the four of AC tables.</param>
    public static void Read(ReadOnlySpan<byte> segment, JpegHuffmanTable?[] tables)
    {
        while (!segment.IsEmpty)
        {
            var place = ((segment[0] >> 4) * PlacesOfClass) + (segment[0] & 0x0F);
            if (segment.Length < 17 || (segment[0] & 0x0F) >= PlacesOfClass || place >= tables.Length)
                throw new JpegFormatException("has a Huffman table that is too short or of a class or place that its coding has not");
            var counts = segment.Slice(1, 16);
            var total = 0;
            foreach (var count in counts)
                total += count;
            if (segment.Length < 17 + total)
                throw new JpegFormatException($"has a Huffman table of {total} values that is too short for them");
            tables[place] = new JpegHuffmanTable(counts, segment.Slice(17, total));
            segment = segment[(17 + total)..];
        }
    }

    public byte Decode(ref JpegBits bits)
    {
        var entry = _fast[bits.Peek(FastBits)];
        if (entry != 0)
        {
            bits.Skip(entry >> 8);
            return (byte)entry;
        }

        var code = bits.Peek(16);
        for (var length = FastBits + 1; length <= 16; length++)
        {
            var offset = (code >> (16 - length)) - _firstCode[length];
            if (offset >= 0 && offset < _counts[length])
            {
                bits.Skip(length);
                return _values[_firstIndex[length] + offset];
            }
        }

        throw new JpegFormatException("has a Huffman code that its table does not hold");
    }
}

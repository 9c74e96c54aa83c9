namespace HealthGpt.Data.Images;

/// <summary>A scan of a JPEG (ITU-T T.81, B.2.3): reads the codes of all its blocks, to see that they are there, and keeps no pixel.</summary>
internal sealed class JpegScan(IReadOnlyList<JpegScan.Part> parts, int first, int last, bool refines, bool progressive)
{
    private const int Longest = 15;

    private int _blocksToSkip;

    /// <summary>Reads the scan's data.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="start">Where the data starts.</param>
    /// <param name="units">The frame's units.</param>
    /// <param name="restartInterval">Units between two restart markers; 0 for none.</param>
    /// <exception cref="JpegFormatException">Codes are missing, too many or none of the tables'.</exception>
    public void Read(ReadOnlySpan<byte> bytes, int start, (int Wide, int High) units, int restartInterval)
    {
        var bits = new JpegBits(bytes, start);
        // A scan of one component has its blocks row by row, and none that only fill units.
        var interleaved = parts.Count > 1;
        var (wide, high) = interleaved ? units : parts[0].Component.Blocks;
        for (int unit = 0, y = 0; y < high; y++)
        {
            for (var x = 0; x < wide; x++, unit++)
            {
                if (restartInterval > 0 && unit > 0 && unit % restartInterval == 0)
                {
                    bits.Restart(((unit / restartInterval) - 1) % 8);
                    _blocksToSkip = 0;
                }

                if (interleaved)
                    ReadUnit(ref bits, x, y);
                else
                    ReadBlock(ref bits, parts[0], (y * parts[0].Component.Stride) + x);
            }
        }

        bits.End();
    }

    private void ReadUnit(ref JpegBits bits, int x, int y)
    {
        foreach (var part in parts)
        {
            var component = part.Component;
            for (var row = 0; row < component.Vertical; row++)
            {
                var block = (((y * component.Vertical) + row) * component.Stride) + (x * component.Horizontal);
                for (var column = 0; column < component.Horizontal; column++)
                    ReadBlock(ref bits, part, block + column);
            }
        }
    }

    private void ReadBlock(ref JpegBits bits, Part part, int block)
    {
        if (!progressive)
        {
            SkipDifference(ref bits, part.Dc!);
            ReadSequential(ref bits, part.Ac!);
        }
        else if (first == 0 && refines)
        {
            _ = bits.Read(1);
        }
        else if (first == 0)
        {
            SkipDifference(ref bits, part.Dc!);
        }
        else if (refines)
        {
            Refine(ref bits, part.Ac!, ref part.Component.Nonzero[block]);
        }
        else
        {
            ReadBand(ref bits, part.Ac!, ref part.Component.Nonzero[block]);
        }
    }

    private static void SkipDifference(ref JpegBits bits, JpegHuffmanTable table)
    {
        int length = table.Decode(ref bits);
        if (length > Longest)
            throw new JpegFormatException($"has a difference of {length} bits, but {Longest} are the most");
        if (length > 0)
            _ = bits.Read(length);
    }

    private static void ReadSequential(ref JpegBits bits, JpegHuffmanTable table)
    {
        for (var at = 1; at < 64; at++)
        {
            var code = table.Decode(ref bits);
            var (zeros, length) = (code >> 4, code & 0x0F);
            if (length == 0 && zeros != 15)
                return;
            at += zeros;
            CheckPlace(at, 63);
            if (length > 0)
                _ = bits.Read(length);
        }
    }

    private void ReadBand(ref JpegBits bits, JpegHuffmanTable table, ref ulong nonzero)
    {
        if (_blocksToSkip > 0)
        {
            _blocksToSkip--;
            return;
        }

        for (var at = first; at <= last; at++)
        {
            var code = table.Decode(ref bits);
            var (zeros, length) = (code >> 4, code & 0x0F);
            if (length == 0 && zeros != 15)
            {
                _blocksToSkip = BlocksOf(ref bits, zeros) - 1;
                return;
            }

            at += zeros;
            CheckPlace(at, last);
            if (length == 0)
                continue;
            nonzero |= 1UL << at;
            _ = bits.Read(length);
        }
    }

    // ITU-T T.81, G.1.2.3: coefficients that are not zero have a bit each, also among the zeros that a code counts.
    private void Refine(ref JpegBits bits, JpegHuffmanTable table, ref ulong nonzero)
    {
        var at = first;
        while (at <= last && _blocksToSkip == 0)
        {
            var code = table.Decode(ref bits);
            var (zeros, length) = (code >> 4, code & 0x0F);
            if (length == 0 && zeros != 15)
            {
                _blocksToSkip = BlocksOf(ref bits, zeros);
                break;
            }

            if (length > 0)
                _ = bits.Read(1);
            at = PassZeros(ref bits, at, zeros, nonzero);
            if (length > 0)
            {
                CheckPlace(at, last);
                nonzero |= 1UL << at;
            }

            at++;
        }

        if (_blocksToSkip == 0)
            return;
        PassZeros(ref bits, at, 64, nonzero);
        _blocksToSkip--;
    }

    private int PassZeros(ref JpegBits bits, int at, int zeros, ulong nonzero)
    {
        for (; at <= last; at++)
        {
            if ((nonzero >> at & 1) != 0)
                _ = bits.Read(1);
            else if (zeros-- == 0)
                break;
        }

        return at;
    }

    private static int BlocksOf(ref JpegBits bits, int length) => (1 << length) + (length > 0 ? bits.Read(length) : 0);

    private static void CheckPlace(int at, int last)
    {
        if (at > last)
            throw new JpegFormatException("has coded pixels that leave their block");
    }

    /// <summary>A component of the scan and the tables of its codes, those that the scan needs.</summary>
    internal readonly record struct Part(JpegComponent Component, JpegHuffmanTable? Dc, JpegHuffmanTable? Ac);
}

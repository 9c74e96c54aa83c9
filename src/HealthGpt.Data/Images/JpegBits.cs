namespace HealthGpt.Data.Images;

/// <summary>The bits of the coded data of a scan (ITU-T T.81, B.1.1.5 and F.2.2.5), up to the next marker.</summary>
internal ref struct JpegBits(ReadOnlySpan<byte> bytes, int position)
{
    private const int MostBytesLeft = 2;

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private ulong _window;
    private int _count;
    private int _padding;

    /// <summary>Where the marker is that ends the data, once its bits are used up.</summary>
    public int Position { get; private set; } = position;

    /// <summary>The next bits, at most 16; zeros beyond the end.</summary>
    public int Peek(int count)
    {
        if (_count < count)
            Fill();
        return (int)(_window >> (_count - count)) & ((1 << count) - 1);
    }

    public void Skip(int count)
    {
        _count -= count;
        if (_count < _padding)
            throw new JpegFormatException("ends in the middle of the coded pixels");
    }

    public int Read(int count)
    {
        var value = Peek(count);
        Skip(count);
        return value;
    }

    /// <summary>Leaves the bits of this interval and steps over the restart marker that must follow.</summary>
    public void Restart(int number)
    {
        if (_count - _padding >= 8 || Position + 1 >= _bytes.Length || _bytes[Position] != 0xFF || _bytes[Position + 1] != JpegMarker.FirstRestart + number)
            throw new JpegFormatException("lacks a restart marker among the coded pixels");
        Position += 2;
        (_window, _count, _padding) = (0, 0, 0);
    }

    /// <summary>Refuses what remains up to the next marker where it is more than a few bytes, which some encoders leave.</summary>
    public void End()
    {
        Fill();
        if (_count - _padding >= 8 * (MostBytesLeft + 1))
            throw new JpegFormatException("has more coded data than its pixels need");
    }

    private void Fill()
    {
        while (_count <= 48)
        {
            byte next = 0;
            if (Position < _bytes.Length && _bytes[Position] != 0xFF)
            {
                next = _bytes[Position++];
            }
            else if (Position + 1 < _bytes.Length && _bytes[Position + 1] == 0)
            {
                next = 0xFF;
                Position += 2;
            }
            else
            {
                _padding += 8;
            }

            _window = (_window << 8) | next;
            _count += 8;
        }
    }
}

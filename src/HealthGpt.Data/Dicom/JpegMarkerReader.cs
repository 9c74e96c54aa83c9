using HealthGpt.Data.Images;

namespace HealthGpt.Data.Dicom;

/// <summary>Goes through the marker segments of a JPEG stream (ITU-T T.81, B.1.1).</summary>
internal ref struct JpegMarkerReader
{
    private readonly ReadOnlySpan<byte> _bytes;

    public JpegMarkerReader(ReadOnlySpan<byte> bytes)
    {
        if (!bytes.StartsWith(JpegMarker.Start))
            throw new JpegFormatException("does not start as a JPEG does");
        _bytes = bytes;
        Position = 2;
    }

    /// <summary>Where the next marker is looked for; after a start of scan, where its data starts.</summary>
    public int Position { get; set; }

    /// <summary>Reads the next segment.</summary>
    /// <param name="segment">Its contents; empty for a marker that stands alone.</param>
    public byte Next(out ReadOnlySpan<byte> segment)
    {
        segment = default;
        if (Position >= _bytes.Length || _bytes[Position] != 0xFF)
            throw new JpegFormatException(Position >= _bytes.Length ? "ends before the JPEG does" : $"has no JPEG marker at its byte {Position}");
        while (Position < _bytes.Length && _bytes[Position] == 0xFF)
            Position++;
        if (Position >= _bytes.Length)
            throw new JpegFormatException("ends before the JPEG does");
        var marker = _bytes[Position++];
        if (JpegMarker.StandsAlone(marker))
            return marker;
        var left = _bytes.Length - Position;
        var length = left >= 2 ? (_bytes[Position] << 8) | _bytes[Position + 1] : 0;
        if (length < 2 || length > left)
            throw new JpegFormatException($"has a JPEG segment at its byte {Position} that claims {length} bytes of the {left} left");
        segment = _bytes.Slice(Position + 2, length - 2);
        Position += length;
        return marker;
    }
}

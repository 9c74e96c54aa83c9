namespace HealthGpt.Inference.Requests;

/// <summary>Says what a file is, for the sender of one that is no image.</summary>
internal static class ImageBytes
{
    private const int Shown = 8;
    private const int DicomMarkAt = 128;

    /// <summary>Describes the bytes: how many, the kind of file where its first bytes tell, and these bytes.</summary>
    public static string Describe(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            return "0 bytes";
        var first = bytes[..Math.Min(Shown, bytes.Length)];
        var hex = string.Join(' ', Convert.ToHexString(first).Chunk(2).Select(pair => new string(pair)));
        var kind = Kind(bytes);
        return $"{bytes.Length} bytes beginning with {hex}{(kind is null ? "" : $" ({kind})")}";
    }

    private static string? Kind(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length >= DicomMarkAt + 4 && bytes.Slice(DicomMarkAt, 4).SequenceEqual("DICM"u8))
            return "a DICOM file";
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G']))
            return "a PNG file";
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]))
            return "a JPEG file";
        if (bytes.StartsWith("%PDF"u8))
            return "a PDF file";
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]))
            return "a gzip file, perhaps a NIfTI volume";
        if (bytes.StartsWith("PK\u0003\u0004"u8))
            return "a ZIP file";
        return bytes[..Math.Min(256, bytes.Length)].ContainsAnyExceptInRange((byte)9, (byte)126) ? null : "text";
    }
}

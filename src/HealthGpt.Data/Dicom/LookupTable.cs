namespace HealthGpt.Data.Dicom;

/// <summary>A lookup table (PS3.3, C.11.1.1): what stored values from the first mapped one on become; others become what the nearest does.</summary>
internal sealed record LookupTable(int FirstMapped, ushort[] Entries, int Bits)
{
    public int Maximum => (1 << Bits) - 1;

    public ushort Map(int value) => Entries[(int)Math.Clamp((long)value - FirstMapped, 0, Entries.Length - 1)];

    /// <summary>Turns values of the modality into brightness (PS3.3, C.11.2.1.1).</summary>
    public byte[] Apply(ReadOnlySpan<float> values)
    {
        var grey = new byte[values.Length];
        for (var i = 0; i < grey.Length; i++)
            grey[i] = (byte)(((Map((int)MathF.Round(values[i])) * 255) + (Maximum / 2)) / Maximum);
        return grey;
    }

    public bool IsSame(LookupTable? other) => other is not null && other.FirstMapped == FirstMapped && other.Bits == Bits && other.Entries.AsSpan().SequenceEqual(Entries);

    /// <exception cref="DicomFormatException">The descriptor or the data is missing, or they contradict each other.</exception>
    public static LookupTable Read(DicomDataSet set, DicomTag descriptor, DicomTag data, bool signed)
    {
        if (set.Words(descriptor) is not [var count, var first, var bits, ..])
            throw set.Fault(descriptor, "is missing or holds fewer than 3 numbers; the lookup table cannot be read");
        if (bits is < 1 or > 16)
            throw set.Fault(descriptor, $"tells entries of {bits} bits, but must tell 1 to 16; the file is damaged");
        var entries = ReadEntries(set, data, count == 0 ? 65536 : count, bits);
        // Descriptors that say 8 over entries of 16 are common.
        return new LookupTable(signed ? (short)first : first, entries, entries.Any(entry => entry >> bits != 0) ? 16 : bits);
    }

    private static ushort[] ReadEntries(DicomDataSet set, DicomTag data, int count, int bits)
    {
        var words = set.Words(data);
        if (words.Length >= count)
            return words[..count];
        var bytes = set.Value(data);
        // Entries of 8 bits may be packed two to a word.
        if (bits > 8 || bytes.Length < count)
            throw set.Fault(data, $"holds {bytes.Length} bytes, too few for {count} entries of {bits} bits; the file is damaged or cut short");
        var entries = new ushort[count];
        for (var i = 0; i < count; i++)
            entries[i] = bytes[set.Encoding.BigEndian && (i ^ 1) < bytes.Length ? i ^ 1 : i];
        return entries;
    }
}

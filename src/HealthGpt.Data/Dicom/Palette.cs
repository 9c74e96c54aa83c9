namespace HealthGpt.Data.Dicom;

/// <summary>The colours that the stored values of a PALETTE COLOR picture stand for (PS3.3, C.7.6.3.1.5).</summary>
internal sealed record Palette(LookupTable Red, LookupTable Green, LookupTable Blue)
{
    public static Palette Read(DicomDataSet set, bool signed)
    {
        if (set.Find(DicomTag.SegmentedRedPaletteData) is not null && set.Find(DicomTag.RedPaletteData) is null)
        {
            throw set.Fault(DicomTag.SegmentedRedPaletteData, "holds a segmented palette, which is not read; "
                + "convert it with gdcmconv --decompress-lut IN.dcm OUT.dcm (of gdcm)");
        }

        return new Palette(
            LookupTable.Read(set, DicomTag.RedPaletteDescriptor, DicomTag.RedPaletteData, signed),
            LookupTable.Read(set, DicomTag.GreenPaletteDescriptor, DicomTag.GreenPaletteData, signed),
            LookupTable.Read(set, DicomTag.BluePaletteDescriptor, DicomTag.BluePaletteData, signed));
    }

    /// <returns>Red, green and blue of every value, 8 bits each.</returns>
    public byte[] Apply(int[] stored)
    {
        var pixels = new byte[3 * stored.Length];
        for (var i = 0; i < stored.Length; i++)
        {
            pixels[3 * i] = Channel(Red, stored[i]);
            pixels[(3 * i) + 1] = Channel(Green, stored[i]);
            pixels[(3 * i) + 2] = Channel(Blue, stored[i]);
        }

        return pixels;
    }

    private static byte Channel(LookupTable table, int stored) => (byte)(table.Map(stored) >> Math.Max(0, table.Bits - 8));
}

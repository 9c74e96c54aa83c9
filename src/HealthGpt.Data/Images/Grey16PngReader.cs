using System.Buffers.Binary;
using System.IO.Compression;

namespace HealthGpt.Data.Images;

/// <summary>Reads 16-bit grey PNGs, of which Skia would keep the upper bytes alone.</summary>
internal static class Grey16PngReader
{
    public static Grey16Image Read(ReadOnlySpan<byte> bytes, PngHeader header, string name)
    {
        if (header.Interlaced)
            throw new ImageFormatException(name, "it is an interlaced 16-bit PNG, which is not read; save it without interlacing");
        using var rows = new ZLibStream(Data(bytes, header, name), CompressionMode.Decompress);
        var pixelBytes = header.Colour == PngColour.GreyAlpha ? 4 : 2;
        var filtered = new byte[1 + (header.Width * pixelBytes)];
        var (row, previous) = (new byte[header.Width * pixelBytes], new byte[header.Width * pixelBytes]);
        var samples = new ushort[header.Width * header.Height];
        for (var y = 0; y < header.Height; y++)
        {
            ReadRow(rows, filtered, y, name);
            Unfilter(filtered, row, previous, pixelBytes);
            for (var x = 0; x < header.Width; x++)
                samples[(y * header.Width) + x] = BinaryPrimitives.ReadUInt16BigEndian(row.AsSpan(x * pixelBytes));
            (row, previous) = (previous, row);
        }

        return new Grey16Image(header.Width, header.Height, samples);
    }

    private static MemoryStream Data(ReadOnlySpan<byte> bytes, PngHeader header, string name)
    {
        var data = new MemoryStream();
        foreach (var range in header.Data)
        {
            PngHeader.CheckCrc(bytes, range, name);
            data.Write(bytes[range]);
        }

        data.Position = 0;
        return data;
    }

    private static void ReadRow(ZLibStream rows, byte[] filtered, int y, string name)
    {
        try
        {
            if (rows.ReadAtLeast(filtered, filtered.Length, throwOnEndOfStream: false) < filtered.Length)
                throw new ImageFormatException(name, $"its data end in row {y}; the file is damaged");
        }
        catch (InvalidDataException error)
        {
            throw new ImageFormatException(name, $"its data cannot be unpacked in row {y}; the file is damaged", error);
        }

        if (filtered[0] > 4)
            throw new ImageFormatException(name, $"row {y} has filter {filtered[0]}, but filters are 0 to 4; the file is damaged");
    }

    private static void Unfilter(byte[] filtered, byte[] row, byte[] previous, int pixelBytes)
    {
        var type = filtered[0];
        for (var i = 0; i < row.Length; i++)
        {
            int left = i >= pixelBytes ? row[i - pixelBytes] : 0, corner = i >= pixelBytes ? previous[i - pixelBytes] : 0;
            row[i] = (byte)(filtered[i + 1] + PngFilter.Predict(type, left, previous[i], corner));
        }
    }
}

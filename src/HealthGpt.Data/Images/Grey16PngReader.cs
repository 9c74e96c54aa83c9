using System.Buffers.Binary;
using System.IO.Compression;

namespace HealthGpt.Data.Images;

/// <summary>Reads 16-bit grey PNGs, of which Skia would keep the upper bytes alone.</summary>
internal static class Grey16PngReader
{
    public static Grey16Image Read(ReadOnlySpan<byte> bytes, PngHeader header, string name)
    {
        using var rows = new ZLibStream(Data(bytes, header, name), CompressionMode.Decompress);
        var samples = new ushort[header.Width * header.Height];
        foreach (var pass in PngPass.Of(header))
            ReadPass(rows, pass, header, samples, name);
        return new Grey16Image(header.Width, header.Height, samples);
    }

    private static void ReadPass(ZLibStream rows, PngPass pass, PngHeader header, ushort[] samples, string name)
    {
        var pixelBytes = header.Colour == PngColour.GreyAlpha ? 4 : 2;
        var columns = pass.Columns(header.Width);
        var filtered = new byte[1 + (columns * pixelBytes)];
        var (row, previous) = (new byte[columns * pixelBytes], new byte[columns * pixelBytes]);
        for (var y = pass.Top; y < header.Height; y += pass.Down)
        {
            ReadRow(rows, filtered, y, name);
            Unfilter(filtered, row, previous, pixelBytes);
            for (var x = 0; x < columns; x++)
                samples[(y * header.Width) + pass.Left + (x * pass.Across)] = BinaryPrimitives.ReadUInt16BigEndian(row.AsSpan(x * pixelBytes));
            (row, previous) = (previous, row);
        }
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

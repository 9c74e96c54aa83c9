using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace HealthGpt.Data.Images;

/// <summary>Writes 8-bit grey and RGB PNGs, each row with the filter of the smallest sum of absolute differences.</summary>
internal static class PngWriter
{
    public static byte[] Encode(RgbImage image)
    {
        var grey = image.IsGrey;
        using var file = new MemoryStream();
        file.Write(PngHeader.Signature);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, image.Width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), image.Height);
        header[8] = 8;
        header[9] = (byte)(grey ? 0 : 2);
        WriteChunk(file, "IHDR", header);
        WriteChunk(file, "IDAT", Compress(image, grey ? 1 : 3));
        WriteChunk(file, "IEND", []);
        return file.ToArray();
    }

    private static byte[] Compress(RgbImage image, int channels)
    {
        using var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.SmallestSize))
        {
            var width = image.Width * channels;
            var previous = new byte[width];
            var row = new byte[width];
            var filtered = new byte[5][];
            for (var y = 0; y < image.Height; y++)
            {
                CopyRow(image, y, channels, row);
                var best = Filter(row, previous, channels, filtered);
                zlib.WriteByte((byte)best);
                zlib.Write(filtered[best]);
                (previous, row) = (row, previous);
            }
        }

        return compressed.ToArray();
    }

    private static void CopyRow(RgbImage image, int y, int channels, byte[] row)
    {
        var source = image.Pixels.AsSpan(y * image.Width * 3, image.Width * 3);
        if (channels == 3)
        {
            source.CopyTo(row);
            return;
        }

        for (var x = 0; x < row.Length; x++)
            row[x] = source[x * 3];
    }

    private static int Filter(byte[] row, byte[] previous, int channels, byte[][] filtered)
    {
        var best = 0;
        var bestCost = long.MaxValue;
        for (var type = 0; type < filtered.Length; type++)
        {
            var bytes = filtered[type] ??= new byte[row.Length];
            var cost = 0L;
            for (var i = 0; i < row.Length; i++)
            {
                int left = i >= channels ? row[i - channels] : 0, up = previous[i], corner = i >= channels ? previous[i - channels] : 0;
                bytes[i] = (byte)(row[i] - PngFilter.Predict(type, left, up, corner));
                cost += Math.Abs((int)(sbyte)bytes[i]);
            }

            if (cost < bestCost)
                (best, bestCost) = (type, cost);
        }

        return best;
    }

    private static void WriteChunk(MemoryStream file, string type, byte[] data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        file.Write(number);
        var name = Encoding.ASCII.GetBytes(type);
        file.Write(name);
        file.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, PngCrc.Of(name, data));
        file.Write(number);
    }
}

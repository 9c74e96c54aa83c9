using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace HealthGpt.Data.Images;

/// <summary>Writes 8-bit grey and RGB PNGs, each row with the filter of the smallest sum of absolute differences.</summary>
internal static class PngWriter
{
    private static readonly uint[] CrcTable = MakeCrcTable();

    public static byte[] Encode(RgbImage image)
    {
        var grey = image.IsGrey;
        using var file = new MemoryStream();
        file.Write([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]);
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
                bytes[i] = (byte)(row[i] - Predict(type, left, up, corner));
                cost += Math.Abs((int)(sbyte)bytes[i]);
            }

            if (cost < bestCost)
                (best, bestCost) = (type, cost);
        }

        return best;
    }

    private static int Predict(int type, int left, int up, int corner) => type switch
    {
        0 => 0,
        1 => left,
        2 => up,
        3 => (left + up) / 2,
        _ => Paeth(left, up, corner),
    };

    private static int Paeth(int left, int up, int corner)
    {
        var estimate = left + up - corner;
        int toLeft = Math.Abs(estimate - left), toUp = Math.Abs(estimate - up), toCorner = Math.Abs(estimate - corner);
        if (toLeft <= toUp && toLeft <= toCorner)
            return left;
        return toUp <= toCorner ? up : corner;
    }

    private static void WriteChunk(MemoryStream file, string type, byte[] data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        file.Write(number);
        var name = Encoding.ASCII.GetBytes(type);
        file.Write(name);
        file.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, ~Crc(Crc(uint.MaxValue, name), data));
        file.Write(number);
    }

    private static uint Crc(uint crc, ReadOnlySpan<byte> bytes)
    {
        foreach (var value in bytes)
            crc = CrcTable[(byte)(crc ^ value)] ^ (crc >> 8);
        return crc;
    }

    private static uint[] MakeCrcTable()
    {
        var table = new uint[256];
        for (var i = 0u; i < table.Length; i++)
        {
            var value = i;
            for (var bit = 0; bit < 8; bit++)
                value = (value & 1) != 0 ? 0xEDB88320u ^ (value >> 1) : value >> 1;
            table[i] = value;
        }

        return table;
    }
}

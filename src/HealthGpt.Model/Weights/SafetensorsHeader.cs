using System.Buffers.Binary;
using System.Text.Json;

namespace HealthGpt.Model.Weights;

/// <summary>
/// The header of a safetensors file: 8 bytes little-endian length, then JSON of that length naming every tensor with its type, shape and byte
/// range. Everything the header claims is checked against the file's length before a tensor is read.
/// </summary>
internal sealed record SafetensorsHeader(IReadOnlyDictionary<string, SafetensorsEntry> Entries, IReadOnlyDictionary<string, string> Metadata, long DataStart)
{
    /// <summary>The longest header that is read, in bytes; the format's own limit.</summary>
    public const long LongestHeader = 100_000_000;

    public static SafetensorsHeader Read(Stream stream, string file)
    {
        Span<byte> prefix = stackalloc byte[8];
        if (stream.Length < 8) throw new WeightFileException(file, $"is {stream.Length} bytes long; a safetensors file starts with an 8-byte header length");
        stream.ReadExactly(prefix);
        var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > LongestHeader || (long)length > stream.Length - 8)
            throw new WeightFileException(file, $"claims a header of {length} bytes, but has {stream.Length - 8} bytes after the length; it is truncated or no safetensors file");

        var json = new byte[length];
        stream.ReadExactly(json);
        return Parse(json, stream.Length - 8 - (long)length, 8 + (long)length, file);
    }

    private static SafetensorsHeader Parse(byte[] json, long dataLength, long dataStart, string file)
    {
        var entries = new Dictionary<string, SafetensorsEntry>();
        var metadata = new Dictionary<string, string>();
        try
        {
            using var document = JsonDocument.Parse(json);
            foreach (var property in document.RootElement.EnumerateObject())
            {
                if (property.Name == "__metadata__")
                    foreach (var item in property.Value.EnumerateObject()) metadata[item.Name] = item.Value.GetString() ?? "";
                else if (!entries.TryAdd(property.Name, ParseEntry(property, dataLength, file)))
                    throw new WeightFileException(file, $"names the tensor '{property.Name}' twice");
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            throw new WeightFileException(file, $"has a header that is not the JSON object the format asks for: {error.Message}", error);
        }

        RefuseOverlaps(entries.Values, file);
        return new SafetensorsHeader(entries, metadata, dataStart);
    }

    private static SafetensorsEntry ParseEntry(JsonProperty property, long dataLength, string file)
    {
        if (!property.Value.TryGetProperty("dtype", out var dtype) || !property.Value.TryGetProperty("shape", out var dimensions)
            || !property.Value.TryGetProperty("data_offsets", out var offsets) || offsets.GetArrayLength() != 2)
            throw new WeightFileException(file, $"tensor '{property.Name}' lacks dtype, shape or two data_offsets");

        var type = SafetensorsFormat.TypeOf(dtype.GetString() ?? "")
            ?? throw new WeightFileException(file, $"tensor '{property.Name}' has the element type '{dtype}', which is not supported");
        var shape = dimensions.EnumerateArray().Select(size => size.GetInt64()).ToArray();
        long start = offsets[0].GetInt64(), end = offsets[1].GetInt64();
        if (start < 0 || end < start || end > dataLength)
            throw new WeightFileException(file, $"tensor '{property.Name}' claims the bytes {start} to {end}, but the file holds {dataLength}");

        var bytes = (Int128)SafetensorsFormat.BytesOf(type);
        foreach (var size in shape)
        {
            if (size < 0) throw new WeightFileException(file, $"tensor '{property.Name}' has a negative size in its shape [{string.Join(", ", shape)}]");
            bytes = Int128.Min(bytes * size, long.MaxValue);
        }

        if (bytes != end - start)
            throw new WeightFileException(file, $"tensor '{property.Name}' of shape [{string.Join(", ", shape)}] needs {bytes} bytes, but its range has {end - start}");
        return new SafetensorsEntry(property.Name, type, shape, start, end - start);
    }

    private static void RefuseOverlaps(IEnumerable<SafetensorsEntry> entries, string file)
    {
        SafetensorsEntry? before = null;
        foreach (var entry in entries.Where(entry => entry.Length > 0).OrderBy(entry => entry.Offset))
        {
            if (before is not null && entry.Offset < before.Offset + before.Length)
                throw new WeightFileException(file, $"tensors '{before.Name}' and '{entry.Name}' overlap");
            before = entry;
        }
    }
}

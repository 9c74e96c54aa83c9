using System.Buffers.Binary;
using System.Text.Json;
using HealthGpt.Model.Folders;
using static TorchSharp.torch;

namespace HealthGpt.Model.Weights;

/// <summary>
/// The header of a safetensors file: 8 bytes little-endian length, then JSON of that length naming every tensor with its type, shape and byte
/// range. Everything the header claims is checked against the file's length before a tensor is read; the ranges must cover the rest of the file
/// without a gap or an overlap, as the format asks.
/// </summary>
internal sealed class SafetensorsHeader
{
    /// <summary>The longest header that is read, in bytes; the format's own limit.</summary>
    public const long LongestHeader = 100_000_000;

    /// <summary>The longest tensor name that is read, in bytes.</summary>
    public const int LongestName = 4096;

    // An entry, its name, shape and place in the dictionary, generously.
    private const long EntryCost = 512;

    private readonly string _file;
    private readonly long _dataStart;
    private readonly long _dataLength;
    private readonly ReadAllowance _allowance;
    private readonly Dictionary<string, WeightEntry> _entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _metadata = new(StringComparer.Ordinal);

    private SafetensorsHeader(string file, long headerLength, long fileLength)
    {
        _file = file;
        _dataStart = 8 + headerLength;
        _dataLength = fileLength - _dataStart;
        _allowance = new ReadAllowance(file, fileLength);
    }

    public IReadOnlyDictionary<string, WeightEntry> Entries => _entries;

    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    public static SafetensorsHeader Read(WeightBytes bytes, string file)
    {
        if (bytes.Length < 8) throw new WeightFileException(file, $"is {bytes.Length} bytes long; a safetensors file starts with an 8-byte header length");
        var length = BinaryPrimitives.ReadUInt64LittleEndian(bytes.Slice(0, 8));
        if (length > LongestHeader)
            throw new WeightFileException(file, $"claims a header of {length} bytes; the format allows {LongestHeader} bytes, so it is damaged or no safetensors file");
        if ((long)length > bytes.Length - 8)
            throw new WeightFileException(file, $"claims a header of {length} bytes, but has {bytes.Length - 8} bytes after the length; it is truncated or no safetensors file");

        var header = new SafetensorsHeader(file, (long)length, bytes.Length);
        try
        {
            header.Parse(bytes.Slice(8, (int)length));
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            throw new WeightFileException(file, $"has a header that is not the JSON object the format asks for: {(error is JsonException fault ? JsonFile.FaultOf(fault) : "a text in it is no Unicode")}", error);
        }

        header.RefuseGapsAndOverlaps();
        return header;
    }

    private void Parse(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        Expect(ref reader, JsonTokenType.StartObject, "the header");
        var metadataSeen = false;
        while (NextProperty(ref reader))
        {
            var name = Name(ref reader);
            if (name != "__metadata__") ParseEntry(ref reader, name);
            else if (metadataSeen) throw new WeightFileException(_file, "has __metadata__ twice");
            else metadataSeen = ParseMetadata(ref reader);
        }

        if (reader.Read()) throw new JsonException("there is more after it");
    }

    private bool ParseMetadata(ref Utf8JsonReader reader)
    {
        Expect(ref reader, JsonTokenType.StartObject, "__metadata__");
        while (NextProperty(ref reader))
        {
            var key = Name(ref reader);
            Expect(ref reader, JsonTokenType.String, $"the metadata '{key}'");
            if (!_metadata.TryAdd(key, Text(ref reader))) throw new WeightFileException(_file, $"has the metadata '{key}' twice");
        }

        return true;
    }

    private void ParseEntry(ref Utf8JsonReader reader, string name)
    {
        _allowance.Charge(EntryCost);
        string? type = null;
        long[]? shape = null, range = null;
        Expect(ref reader, JsonTokenType.StartObject, $"the tensor '{name}'");
        while (NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("dtype"u8)) type = Once(type, ParseType(ref reader, name), name, "dtype");
            else if (reader.ValueTextEquals("shape"u8)) shape = Once(shape, ParseNumbers(ref reader, name, "shape", WeightEntry.MostDimensions), name, "shape");
            else if (reader.ValueTextEquals("data_offsets"u8)) range = Once(range, ParseNumbers(ref reader, name, "data_offsets", 2), name, "data_offsets");
            else throw new WeightFileException(_file, $"tensor '{name}' has a field other than dtype, shape and data_offsets: '{Name(ref reader)}'");
        }

        if (type is null || shape is null || range is not { Length: 2 })
            throw new WeightFileException(_file, $"tensor '{name}' lacks dtype, shape or two data_offsets");
        var entry = Check(name, type, shape, range[0], range[1]);
        if (!_entries.TryAdd(name, entry)) throw new WeightFileException(_file, $"names the tensor '{name}' twice");
        _allowance.Charge(entry.Length);
    }

    private T Once<T>(T? before, T value, string name, string field)
        where T : class
        => before is null ? value : throw new WeightFileException(_file, $"tensor '{name}' has {field} twice");

    private string ParseType(ref Utf8JsonReader reader, string name)
    {
        Expect(ref reader, JsonTokenType.String, $"dtype of the tensor '{name}'");
        return Name(ref reader);
    }

    private static long[] ParseNumbers(ref Utf8JsonReader reader, string name, string field, int most)
    {
        Expect(ref reader, JsonTokenType.StartArray, $"{field} of the tensor '{name}'");
        Span<long> numbers = stackalloc long[most];
        var count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var number)) throw new JsonException($"{field} of the tensor '{name}' must hold whole numbers");
            if (count == most) throw new JsonException($"{field} of the tensor '{name}' has more than {most} numbers");
            numbers[count++] = number;
        }

        return numbers[..count].ToArray();
    }

    private WeightEntry Check(string name, string typeName, long[] shape, long start, long end)
    {
        var type = SafetensorsFormat.TypeOf(typeName)
            ?? throw new WeightFileException(_file, $"tensor '{name}' has the element type '{typeName}', which is not supported; supported are {SafetensorsFormat.Names}");
        if (start < 0 || end < start || end > _dataLength)
            throw new WeightFileException(_file, $"tensor '{name}' claims the bytes {start} to {end}, but the file holds {_dataLength}");

        var needed = (Int128)WeightEntry.CountElements(_file, name, shape) * SafetensorsFormat.BytesOf(type);
        if (needed != end - start)
            throw new WeightFileException(_file, $"tensor '{name}' of type {typeName} and shape {WeightEntry.TextOf(shape)} needs {needed} bytes, but its range has {end - start}");
        return new WeightEntry(name, type, shape, _dataStart + start, end - start);
    }

    private void RefuseGapsAndOverlaps()
    {
        var place = _dataStart;
        WeightEntry? before = null;
        foreach (var entry in _entries.Values.OrderBy(entry => entry.Offset).ThenBy(entry => entry.Length))
        {
            if (entry.Offset < place) throw new WeightFileException(_file, $"tensors '{before?.Name}' and '{entry.Name}' overlap");
            if (entry.Offset > place) throw new WeightFileException(_file, $"has {entry.Offset - place} bytes before tensor '{entry.Name}' that belong to no tensor; the format allows no holes");
            (place, before) = (entry.Offset + entry.Length, entry);
        }

        var rest = _dataStart + _dataLength - place;
        if (rest > 0) throw new WeightFileException(_file, $"has {rest} bytes after the last tensor that belong to none; the format allows no holes");
    }

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType type, string what)
    {
        if (!reader.Read() || reader.TokenType != type) throw new JsonException($"{what} must be a JSON {type switch { JsonTokenType.String => "string", JsonTokenType.StartArray => "array", _ => "object" }}");
    }

    private static bool NextProperty(ref Utf8JsonReader reader) => reader.Read() && reader.TokenType == JsonTokenType.PropertyName;

    private string Name(ref Utf8JsonReader reader) => reader.ValueSpan.Length <= LongestName
        ? Text(ref reader)
        : throw new WeightFileException(_file, $"has a name of {reader.ValueSpan.Length} bytes in its header; at most {LongestName} are read");

    private string Text(ref Utf8JsonReader reader)
    {
        _allowance.Charge((4L * reader.ValueSpan.Length) + 128);
        return reader.GetString()!;
    }
}

using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using HealthGpt.Storage.Files;

namespace HealthGpt.Data.Conversion.Imports;

/// <summary>
/// Reads a pickle (CPython, Lib/pickletools.py, protocols 2 to 5) that is a list of dictionaries of texts and numbers, as PathVQA's are. Whatever could name or call
/// something of Python is refused: nothing of the file is ever executed.
/// </summary>
internal sealed class PickleRows
{
    // PathVQA's largest has 3 MB.
    private const long MostBytes = 1 << 25;
    private const int MostObjects = 1 << 22;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly byte[] _bytes;
    private readonly List<object?> _stack = [];
    private readonly Stack<int> _marks = [];
    private readonly Dictionary<uint, object?> _memo = [];
    private int _position;
    private int _objects;

    private PickleRows(byte[] bytes) => _bytes = bytes;

    public static IEnumerable<PublishedRow> Read(string path, CancellationToken cancellationToken)
    {
        var (records, problem) = RecordsOf(path, cancellationToken);
        if (problem is not null)
            yield return PublishedRow.Bad(1, problem);
        for (var at = 0; at < records.Count; at++)
        {
            if (records[at] is Dictionary<string, object?> fields)
                yield return new PublishedRow(at + 1, ElementOf(fields));
            else
                yield return PublishedRow.Bad(at + 1, "the record is no dictionary");
        }
    }

    private static (List<object?> Records, string? Problem) RecordsOf(string path, CancellationToken cancellationToken)
    {
        var length = OrdinaryFile.LengthOf(path);
        if (length == 0)
            return ([], OrdinaryFile.Refusal);
        if (length > MostBytes)
            return ([], $"the pickle has {length} bytes; at most {MostBytes} are read");
        try
        {
            var root = new PickleRows(File.ReadAllBytes(path)).Run(cancellationToken);
            return root is List<object?> records ? (records, null) : ([], "the pickle is no list; PathVQA's qa files are lists of dictionaries");
        }
        catch (InvalidDataException error)
        {
            return ([], error.Message);
        }
    }

    private static JsonElement ElementOf(Dictionary<string, object?> fields) => JsonSerializer.SerializeToElement(new JsonObject(
        fields.Select(field => KeyValuePair.Create(field.Key, field.Value switch
        {
            string text => JsonValue.Create(text),
            long number => JsonValue.Create(number),
            double number when double.IsFinite(number) => JsonValue.Create(number),
            bool truth => JsonValue.Create(truth),
            null => null,
            // A field of another type is a problem only where it is needed.
            _ => (JsonNode)new JsonArray(),
        }))));

    private object? Run(CancellationToken cancellationToken)
    {
        while (true)
        {
            if ((_position & 0xFFFF) == 0)
                cancellationToken.ThrowIfCancellationRequested();
            var opcode = Take(1)[0];
            if (opcode == '.')
                return Pop();
            Step(opcode);
        }
    }

    private void Step(byte opcode)
    {
        switch (opcode)
        {
            case 0x80: CheckProtocol(Take(1)[0]); break;
            case 0x95: Take(8); break;
            case (byte)'N': Push(null); break;
            case 0x88: Push(true); break;
            case 0x89: Push(false); break;
            case (byte)'K': Push((long)Take(1)[0]); break;
            case (byte)'M': Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2))); break;
            case (byte)'J': Push((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4))); break;
            case (byte)'G': Push(BinaryPrimitives.ReadDoubleBigEndian(Take(8))); break;
            // U and T are what Python 2 writes of its texts.
            case 0x8c or (byte)'U': Push(Text(Take(1)[0])); break;
            case (byte)'X' or (byte)'T': Push(Text(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)))); break;
            case (byte)'q': Remember(Take(1)[0]); break;
            case (byte)'r': Remember(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))); break;
            case 0x94: Remember((uint)_memo.Count); break;
            case (byte)'h': Push(Recall(Take(1)[0])); break;
            case (byte)'j': Push(Recall(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)))); break;
            case (byte)'(': _marks.Push(_stack.Count); break;
            case (byte)']': Push(new List<object?>()); break;
            case (byte)'}': Push(new Dictionary<string, object?>(StringComparer.Ordinal)); break;
            case (byte)'a': AddItems(_stack.Count - 1); break;
            case (byte)'e': AddItems(Mark()); break;
            case (byte)'s': AddFields(_stack.Count - 2); break;
            case (byte)'u': AddFields(Mark()); break;
            default: throw Refused($"has the opcode 0x{opcode:x2}, which lists of dictionaries of texts and numbers do not need; it is not executed");
        }
    }

    private void CheckProtocol(byte protocol)
    {
        if (protocol is < 2 or > 5)
            throw Refused($"has protocol {protocol}; protocols 2 to 5 are read");
    }

    private void AddItems(int start)
    {
        if (start < 1 || start > _stack.Count || _stack[start - 1] is not List<object?> list)
            throw Refused("adds items to something that is no list");
        list.AddRange(_stack[start..]);
        _stack.RemoveRange(start, _stack.Count - start);
    }

    private void AddFields(int start)
    {
        if (start < 1 || start > _stack.Count || _stack[start - 1] is not Dictionary<string, object?> fields || (_stack.Count - start) % 2 != 0)
            throw Refused("adds fields to something that is no dictionary");
        for (var at = start; at < _stack.Count; at += 2)
            fields[_stack[at] as string ?? throw Refused("has a dictionary with a key that is no text")] = _stack[at + 1];
        _stack.RemoveRange(start, _stack.Count - start);
    }

    private int Mark() => _marks.TryPop(out var mark) ? mark : throw Refused("refers to a mark that it has not set");

    private void Push(object? value)
    {
        if (++_objects > MostObjects)
            throw Refused($"has more than {MostObjects} objects");
        _stack.Add(value);
    }

    private object? Pop()
    {
        if (_stack.Count == 0)
            throw Refused("takes more from the stack than there is");
        var value = _stack[^1];
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private void Remember(uint index)
    {
        if (_stack.Count == 0)
            throw Refused("takes more from the stack than there is");
        _memo[index] = _stack[^1];
    }

    private object? Recall(uint index) => _memo.TryGetValue(index, out var value) ? value : throw Refused($"refers to the object {index}, which it has not built");

    private string Text(long length)
    {
        try
        {
            return Utf8.GetString(Take(length));
        }
        catch (DecoderFallbackException)
        {
            throw Refused("has a text that is no UTF-8");
        }
    }

    private ReadOnlySpan<byte> Take(long length)
    {
        if (length > _bytes.Length - _position)
            throw Refused("ends early; the file is cut short");
        _position += (int)length;
        return _bytes.AsSpan(_position - (int)length, (int)length);
    }

    private InvalidDataException Refused(string problem) => new($"the pickle {problem} (at its byte {Math.Max(_position - 1, 0)})");
}

using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;
using HealthGpt.Model.Weights;

namespace HealthGpt.Model.Text;

/// <summary>Reads a message in protobuf's wire format, field by field.</summary>
internal sealed class ProtobufReader(string file, ReadOnlyMemory<byte> bytes, int offset = 0)
{
    private const int VarintWire = 0, Fixed64 = 1, Delimited = 2, Fixed32 = 5;

    private int _at;

    /// <summary>The next field, or null at the message's end.</summary>
    public ProtobufField? Next()
    {
        if (_at == bytes.Length) return null;
        var start = offset + _at;
        var key = ReadVarint();
        var (number, wire) = ((int)Math.Min(key >> 3, int.MaxValue), (int)(key & 7));
        if (number == 0) throw Damaged(start, "field number 0");
        return wire switch
        {
            VarintWire => new(number, wire, default, ReadVarint(), start),
            Fixed64 => new(number, wire, Take(8), 0, start),
            Fixed32 => new(number, wire, Take(4), 0, start),
            Delimited => new(number, wire, Take(ReadVarint()), 0, start),
            _ => throw Damaged(start, $"wire type {wire}"),
        };
    }

    /// <summary>A field's bytes.</summary>
    public ReadOnlyMemory<byte> Bytes(ProtobufField field) => Of(field, Delimited).Value;

    /// <summary>A field that is a message; to be asked for before the next field is read.</summary>
    public ProtobufReader Message(ProtobufField field) =>
        new(file, Bytes(field), offset + _at - field.Value.Length);

    /// <summary>A field's text.</summary>
    public string Text(ProtobufField field)
    {
        var text = Bytes(field).Span;
        return Utf8.IsValid(text) ? Encoding.UTF8.GetString(text) : throw Damaged(field.Offset, "text that is not UTF-8");
    }

    /// <summary>A field's 32-bit number.</summary>
    public float Float(ProtobufField field) =>
        BinaryPrimitives.ReadSingleLittleEndian(Of(field, Fixed32).Value.Span);

    /// <summary>A field's whole number.</summary>
    public long Number(ProtobufField field) => (long)Of(field, VarintWire).Varint;

    private ProtobufField Of(ProtobufField field, int wire) =>
        field.Wire == wire ? field : throw Damaged(field.Offset, $"field {field.Number} with wire type {field.Wire} instead of {wire}");

    private ReadOnlyMemory<byte> Take(ulong length)
    {
        if (length > (ulong)(bytes.Length - _at))
            throw Damaged(offset + _at, $"a field of {length} bytes, of which {bytes.Length - _at} are there: the file is cut off or damaged");
        var value = bytes.Slice(_at, (int)length);
        _at += (int)length;
        return value;
    }

    private ulong ReadVarint()
    {
        var value = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            if (_at == bytes.Length) throw Damaged(offset + _at, "the end in the middle of a number: the file is cut off");
            var next = bytes.Span[_at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) return value;
        }

        throw Damaged(offset + _at, "a number of more than 64 bits");
    }

    private WeightFileException Damaged(int at, string found) => new(file, $"is damaged: at byte {at} there is {found}");
}

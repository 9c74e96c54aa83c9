using System.Buffers.Binary;
using System.Text;

namespace HealthGpt.Soak.Weights;

/// <summary>Writes a pickle opcode by opcode, good or bad.</summary>
internal sealed class PickleWriter
{
    private readonly List<byte> _bytes = [];

    public PickleWriter(int protocol = 2) => Raw(0x80, (byte)protocol);

    public PickleWriter Raw(params ReadOnlySpan<byte> bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    public PickleWriter Op(char opcode) => Raw((byte)opcode);

    public PickleWriter Text(string text) => Op('X').Number32(Encoding.UTF8.GetByteCount(text)).Raw(Encoding.UTF8.GetBytes(text));

    public PickleWriter Global(string module, string name) => Raw(Encoding.UTF8.GetBytes($"c{module}\n{name}\n"));

    public PickleWriter Bool(bool value) => Raw((byte)(value ? 0x88 : 0x89));

    /// <summary>The shortest form, as CPython writes it.</summary>
    public PickleWriter Number(long value) => value switch
    {
        >= 0 and <= 255 => Raw((byte)'K', (byte)value),
        >= 0 and <= ushort.MaxValue => Raw((byte)'M', (byte)value, (byte)(value >> 8)),
        >= int.MinValue and <= int.MaxValue => Op('J').Number32((int)value),
        _ => Raw(0x8a, 8).Number64(value),
    };

    public PickleWriter Float(double value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteDoubleBigEndian(bytes, value);
        return Op('G').Raw(bytes);
    }

    public PickleWriter Tuple(params ReadOnlySpan<long> numbers)
    {
        Op('(');
        foreach (var number in numbers) Number(number);
        return Op('t');
    }

    public PickleWriter Put(int index) => Op('r').Number32(index);

    public PickleWriter Get(int index) => Op('j').Number32(index);

    public byte[] Stop()
    {
        Op('.');
        return [.. _bytes];
    }

    private PickleWriter Number32(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return Raw(bytes);
    }

    private PickleWriter Number64(long value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return Raw(bytes);
    }
}

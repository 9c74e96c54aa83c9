using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace HealthGpt.Model.Weights.Pickles;

/// <summary>
/// Reads one pickle of protocol 2 to 5. It builds containers, numbers and strings; all else is asked of <see cref="IPickleObjects"/>. No opcode
/// executes anything, and whatever is allocated is charged to the file's allowance first.
/// </summary>
internal ref struct PickleReader
{
    private const long ContainerCost = 192;
    private const long ItemCost = 32;
    private const long NumberCost = 32;
    private const long StringCost = 48;
    private const long MemoCost = 128;

    /// <summary>The longest string that is read, in bytes.</summary>
    public const int LongestString = 1 << 18;

    private static readonly object True = true;
    private static readonly object False = false;

    // No tensor is described by bytes, so what they are does not matter.
    private static readonly object Bytes = new();
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ReadOnlySpan<byte> _bytes;
    private readonly string _file;
    private readonly IPickleObjects _objects;
    private readonly ReadAllowance _allowance;
    private readonly List<object?> _stack = [];
    private readonly List<int> _marks = [];
    private readonly Dictionary<uint, object?> _memo = [];
    private int _position;

    private PickleReader(ReadOnlySpan<byte> bytes, string file, IPickleObjects objects, ReadAllowance allowance)
    {
        _bytes = bytes;
        _file = file;
        _objects = objects;
        _allowance = allowance;
    }

    /// <summary>Reads the pickle at the start of some bytes.</summary>
    /// <param name="bytes">The pickle, and perhaps more.</param>
    /// <param name="file">The file, for errors.</param>
    /// <param name="objects">What may be built.</param>
    /// <param name="allowance">The memory that may be taken.</param>
    /// <param name="length">The pickle's length.</param>
    /// <exception cref="WeightFileException">It is damaged, holds what is not allowed, or asks for too much memory.</exception>
    public static object? Read(ReadOnlySpan<byte> bytes, string file, IPickleObjects objects, ReadAllowance allowance, out int length)
    {
        var reader = new PickleReader(bytes, file, objects, allowance);
        var value = reader.Run();
        PickleGraph.Check(value, file);
        length = reader._position;
        return value;
    }

    private object? Run()
    {
        while (true)
        {
            var opcode = (PickleOpcode)Byte();
            if (opcode == PickleOpcode.Stop) return Pop();
            Step(opcode);
        }
    }

    private void Step(PickleOpcode opcode)
    {
        switch (opcode)
        {
            case PickleOpcode.Proto:
                if (Byte() is var protocol and (< 2 or > 5)) throw Refuse($"has protocol {protocol}; protocols 2 to 5 are read");
                break;
            case PickleOpcode.Frame: Take(8); break;
            case PickleOpcode.None: Push(null); break;
            case PickleOpcode.NewTrue: Push(True); break;
            case PickleOpcode.NewFalse: Push(False); break;
            case PickleOpcode.BinInt: PushNumber(BinaryPrimitives.ReadInt32LittleEndian(Take(4))); break;
            case PickleOpcode.BinInt1: PushNumber(Byte()); break;
            case PickleOpcode.BinInt2: PushNumber(BinaryPrimitives.ReadUInt16LittleEndian(Take(2))); break;
            case PickleOpcode.Long1: PushLong(Take(Byte())); break;
            case PickleOpcode.BinFloat: PushFloat(BinaryPrimitives.ReadDoubleBigEndian(Take(8))); break;
            case PickleOpcode.ShortBinUnicode or PickleOpcode.ShortBinString: PushString(Byte(), opcode); break;
            case PickleOpcode.BinUnicode or PickleOpcode.BinString: PushString(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)), opcode); break;
            case PickleOpcode.ShortBinBytes: PushBytes(Byte()); break;
            case PickleOpcode.BinBytes: PushBytes(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))); break;
            case PickleOpcode.BinPut: Memoize(Byte()); break;
            case PickleOpcode.LongBinPut: Memoize(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))); break;
            case PickleOpcode.Memoize: Memoize((uint)_memo.Count); break;
            case PickleOpcode.BinGet: Push(Recall(Byte())); break;
            case PickleOpcode.LongBinGet: Push(Recall(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)))); break;
            case PickleOpcode.Mark: PushMark(); break;
            case PickleOpcode.Pop: DropOne(); break;
            case PickleOpcode.PopMark: DropFrom(PopMark()); break;
            case PickleOpcode.Dup: Push(Peek()); break;
            default: StepContainer(opcode); break;
        }
    }

    private void StepContainer(PickleOpcode opcode)
    {
        switch (opcode)
        {
            case PickleOpcode.EmptyList: Push(Make(PickleContainerKind.List)); break;
            case PickleOpcode.EmptyTuple: Push(Make(PickleContainerKind.Tuple)); break;
            case PickleOpcode.EmptyDict: Push(Make(PickleContainerKind.Dictionary)); break;
            case PickleOpcode.EmptySet: Push(Make(PickleContainerKind.Set)); break;
            case PickleOpcode.List: Collect(PickleContainerKind.List, PopMark()); break;
            case PickleOpcode.Tuple: Collect(PickleContainerKind.Tuple, PopMark()); break;
            case PickleOpcode.FrozenSet: Collect(PickleContainerKind.Set, PopMark()); break;
            case PickleOpcode.Dict: Collect(PickleContainerKind.Dictionary, PopMark()); break;
            case PickleOpcode.Tuple1 or PickleOpcode.Tuple2 or PickleOpcode.Tuple3: Collect(PickleContainerKind.Tuple, Top(opcode - PickleOpcode.Tuple1 + 1)); break;
            case PickleOpcode.Append: Extend(PickleContainerKind.List, Top(1)); break;
            case PickleOpcode.Appends: Extend(PickleContainerKind.List, PopMark()); break;
            case PickleOpcode.AddItems: Extend(PickleContainerKind.Set, PopMark()); break;
            case PickleOpcode.SetItem: Extend(PickleContainerKind.Dictionary, Top(2)); break;
            case PickleOpcode.SetItems: Extend(PickleContainerKind.Dictionary, PopMark()); break;
            default: StepObject(opcode); break;
        }
    }

    private void StepObject(PickleOpcode opcode)
    {
        switch (opcode)
        {
            case PickleOpcode.Global: PushGlobal(Line(), Line()); break;
            case PickleOpcode.StackGlobal:
                if (Pop() is not string name || Pop() is not string module) throw Refuse("names a global by something else than two strings");
                PushGlobal(module, name);
                break;
            case PickleOpcode.BinPersistentId: Push(Charged(_objects.Resolve(Pop()))); break;
            case PickleOpcode.Reduce:
                if (Pop() is not PickleContainer { Kind: PickleContainerKind.Tuple } arguments) throw Refuse("calls something with arguments that are no tuple");
                if (Pop() is not PickleGlobal called) throw Refuse("calls something that is no global");
                Push(Charged(_objects.Build(called, arguments)));
                break;
            case PickleOpcode.Build:
                // The attributes of an OrderedDict, such as the modules' versions, which say nothing about tensors.
                Pop();
                if (Peek() is not PickleContainer { Kind: PickleContainerKind.Dictionary }) throw Refuse("gives attributes to something that is no dictionary");
                break;
            default:
                throw Refuse($"has the opcode 0x{(byte)opcode:x2}, which files of tensors do not need; it is not executed");
        }
    }

    private readonly WeightFileException Refuse(string problem) => new(_file, $"has a pickle that {problem} (at its byte {Math.Max(_position - 1, 0)})");

    private ReadOnlySpan<byte> Take(long length)
    {
        if (length > _bytes.Length - _position) throw Refuse($"ends early: {length} more bytes were expected, {_bytes.Length - _position} are there");
        var taken = _bytes.Slice(_position, (int)length);
        _position += (int)length;
        return taken;
    }

    private byte Byte() => Take(1)[0];

    private string Line()
    {
        // No name of the allowed globals is nearly as long.
        var window = _bytes.Slice(_position, Math.Min(_bytes.Length - _position, 1024));
        var length = window.IndexOf((byte)'\n');
        if (length < 0) throw Refuse("names a global without an end");
        _allowance.Charge(StringCost + (2 * length));
        var line = Encoding.Latin1.GetString(window[..length]);
        _position += length + 1;
        return line;
    }

    private readonly void Push(object? value)
    {
        if (_stack.Count == _stack.Capacity) _allowance.Charge(ItemCost * Math.Max(_stack.Count, 4));
        _stack.Add(value);
    }

    private readonly void PushNumber(long number)
    {
        _allowance.Charge(NumberCost);
        Push(number);
    }

    private readonly void PushFloat(double number)
    {
        _allowance.Charge(NumberCost);
        Push(number);
    }

    private readonly void PushLong(ReadOnlySpan<byte> digits)
    {
        _allowance.Charge(NumberCost + (2 * digits.Length));
        var number = new BigInteger(digits);
        // Without the cast the compiler would widen the small ones.
        Push(number >= long.MinValue && number <= long.MaxValue ? (object)(long)number : number);
    }

    private void PushString(long length, PickleOpcode opcode)
    {
        if (length > LongestString) throw Refuse($"has a string of {length} bytes; at most {LongestString} are read");
        var bytes = Take(length);
        _allowance.Charge(StringCost + (2 * length));
        try
        {
            Push(opcode is PickleOpcode.BinString or PickleOpcode.ShortBinString ? Encoding.Latin1.GetString(bytes) : Utf8.GetString(bytes));
        }
        catch (DecoderFallbackException)
        {
            throw Refuse("has a string that is no UTF-8");
        }
    }

    private void PushBytes(long length)
    {
        Take(length);
        Push(Bytes);
    }

    private readonly void PushGlobal(string module, string name)
    {
        _allowance.Charge(ContainerCost);
        Push(_objects.Allow(module, name));
    }

    private readonly object? Charged(object? built)
    {
        _allowance.Charge(2 * ContainerCost);
        return built;
    }

    private void Memoize(uint index)
    {
        if (!_memo.ContainsKey(index)) _allowance.Charge(MemoCost);
        _memo[index] = Peek();
    }

    private readonly object? Recall(uint index) =>
        _memo.TryGetValue(index, out var value) ? value : throw Refuse($"refers to the object {index}, which it has not built");

    private readonly void PushMark()
    {
        if (_marks.Count == _marks.Capacity) _allowance.Charge(ItemCost * Math.Max(_marks.Count, 4));
        _marks.Add(_stack.Count);
    }

    /// <summary>The stack's index of the first item behind the last mark, which goes.</summary>
    private readonly int PopMark()
    {
        if (_marks.Count == 0) throw Refuse("refers to a mark that it has not set");
        var start = _marks[^1];
        _marks.RemoveAt(_marks.Count - 1);
        return start;
    }

    private readonly int Floor => _marks.Count == 0 ? 0 : _marks[^1];

    /// <summary>The stack's index of the first of its last items.</summary>
    private readonly int Top(int count) =>
        _stack.Count - count >= Floor ? _stack.Count - count : throw Refuse("takes more from the stack than there is");

    private readonly object? Peek() => _stack[Top(1)];

    private readonly object? Pop()
    {
        var last = Top(1);
        var value = _stack[last];
        _stack.RemoveAt(last);
        return value;
    }

    private readonly void DropOne()
    {
        // CPython's POP takes a mark where one lies on top.
        if (_marks.Count > 0 && _stack.Count == Floor) PopMark();
        else Pop();
    }

    private readonly void DropFrom(int start) => _stack.RemoveRange(start, _stack.Count - start);

    private readonly PickleContainer Make(PickleContainerKind kind)
    {
        _allowance.Charge(ContainerCost);
        return new PickleContainer(kind);
    }

    private readonly void Collect(PickleContainerKind kind, int start)
    {
        var container = Make(kind);
        Move(start, container);
        Push(container);
    }

    private readonly void Extend(PickleContainerKind kind, int start)
    {
        if (start <= Floor || _stack[start - 1] is not PickleContainer container || container.Kind != kind)
            throw Refuse($"adds items to something that is no {kind}");
        Move(start, container);
    }

    private readonly void Move(int start, PickleContainer container)
    {
        var count = _stack.Count - start;
        if (container.Kind == PickleContainerKind.Dictionary && count % 2 != 0) throw Refuse("has a dictionary with a key without a value");
        _allowance.Charge(ItemCost * count);
        for (var at = start; at < _stack.Count; at++) container.Items.Add(_stack[at]);
        DropFrom(start);
    }
}

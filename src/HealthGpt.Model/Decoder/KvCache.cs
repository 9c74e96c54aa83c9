using System.Globalization;
using HealthGpt.Model.Decoder.Cpu;
using HealthGpt.Model.Decoder.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Decoder;

// Shapes: B batch, T sequence, N heads, D head width.

/// <summary>Keys and values of the positions each row of a batch has seen, per layer, in buffers of a fixed capacity. Padding is not kept.</summary>
public sealed class KvCache : IDisposable
{
    private readonly Tensor[] _keys;
    private readonly Tensor[] _values;
    private readonly nint[] _keyAddresses = [];
    private readonly nint[] _valueAddresses = [];
    private readonly int[] _lengths;
    private readonly int _heads;
    private readonly int _width;
    private bool _disposed;

    /// <summary>Allocates a cache.</summary>
    /// <param name="config">The decoder it is for.</param>
    /// <param name="batch">Rows.</param>
    /// <param name="capacity">The longest sequence, prompt and answer together.</param>
    /// <param name="type">Element type of the decoder's computation.</param>
    /// <param name="device">Where the decoder is.</param>
    public KvCache(DecoderConfig config, int batch, int capacity, ScalarType type, Device? device = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        Capacity = capacity;
        Type = type;
        (_heads, _width) = (config.KeyValueHeads, config.HeadWidth);
        _lengths = new int[batch];
        Tensor[] Allocate() => [.. Enumerable.Range(0, config.Layers).Select(_ =>
        {
            // The place after the last is where padding goes.
            var buffer = zeros([batch, config.KeyValueHeads, capacity + 1, config.HeadWidth], type, device);
            buffer.DetachFromDisposeScope();
            return buffer;
        })];
        _keys = Allocate();
        _values = Allocate();
        IsOnCpu = TensorRows.Fits(_keys[0]);
        if (!IsOnCpu) return;
        _keyAddresses = [.. _keys.Select(TensorRows.Address)];
        _valueAddresses = [.. _values.Select(TensorRows.Address)];
    }

    /// <summary>The longest sequence that fits.</summary>
    public int Capacity { get; }

    /// <summary>Rows.</summary>
    public int Batch => _lengths.Length;

    /// <summary>Positions held of the longest row.</summary>
    public int Length => _lengths.Max();

    /// <summary>Positions held of each row.</summary>
    public IReadOnlyList<int> Lengths => _lengths;

    /// <summary>Whether all rows hold as many positions.</summary>
    internal bool IsEven => _lengths.AsSpan().IndexOfAnyExcept(_lengths[0]) < 0;

    /// <summary>Element type of keys and values.</summary>
    internal ScalarType Type { get; }

    /// <summary>Whether the buffers lie in the CPU's memory, for <see cref="KeysOf"/>.</summary>
    internal bool IsOnCpu { get; }

    /// <summary>The keys of a layer, row and head in memory, one position after another.</summary>
    internal TensorRows KeysOf(int layer, int row, int head) => Of(_keyAddresses[layer], row, head);

    /// <summary>The values of a layer, row and head in memory.</summary>
    internal TensorRows ValuesOf(int layer, int row, int head) => Of(_valueAddresses[layer], row, head);

    private TensorRows Of(nint start, int row, int head)
    {
        var narrow = Type == ScalarType.BFloat16;
        var bytes = (long)(Capacity + 1) * _width * (narrow ? sizeof(ushort) : sizeof(float));
        return new TensorRows((nint)(start + (bytes * ((row * _heads) + head))), Capacity + 1, _width, narrow);
    }

    /// <summary>Refuses another decoder, and use after the end: a step reads the buffers by their addresses.</summary>
    internal void Require(DecoderConfig config)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_keys.Length == config.Layers && _heads == config.KeyValueHeads && _width == config.HeadWidth) return;
        throw new ArgumentException(
            $"the KV cache is for {_keys.Length} layers of {_heads} heads of {_width}, but this decoder has {config.Layers} of {config.KeyValueHeads} of {config.HeadWidth}; make one of its own configuration", nameof(config));
    }

    /// <summary>Refuses a batch that is not this cache's, or more positions than fit.</summary>
    internal void Require(long rows, int count, BatchPadding? padding)
    {
        if (rows != Batch) throw new ArgumentException($"the KV cache is of {Batch} rows, but the batch has {rows}", nameof(rows));
        for (var row = 0; row < Batch; row++)
        {
            var needed = _lengths[row] + (padding?.Lengths[row] ?? count);
            if (needed > Capacity)
                throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"the KV cache holds {Capacity} positions, but {needed} are needed; ask for fewer tokens or a larger cache"));
        }
    }

    /// <summary>Stores new positions of a layer and returns views of all of them, <c>(B, kv heads, longest row, D)</c>.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="keys"><c>(B, kv heads, T, D)</c>.</param>
    /// <param name="values"><c>(B, kv heads, T, D)</c>.</param>
    /// <param name="slots">Where each position of each row goes, <c>(B, 1, T, 1)</c>; null where all rows go on at one place.</param>
    /// <param name="total">Positions of the longest row, the new ones included.</param>
    internal (Tensor Keys, Tensor Values) Append(int layer, Tensor keys, Tensor values, Tensor? slots, int total)
    {
        Store(_keys[layer], keys, slots);
        Store(_values[layer], values, slots);
        return (_keys[layer].narrow(2, 0, total), _values[layer].narrow(2, 0, total));
    }

    private void Store(Tensor buffer, Tensor fresh, Tensor? slots)
    {
        if (slots is null)
        {
            using var place = buffer.narrow(2, _lengths[0], fresh.shape[2]);
            place.copy_(fresh);
            return;
        }

        using var places = slots.expand(fresh.shape);
        buffer.scatter_(2, places, fresh);
    }

    /// <summary>Counts positions as held, once every layer has stored them.</summary>
    internal void Advance(int count, BatchPadding? padding = null)
    {
        for (var row = 0; row < Batch; row++) _lengths[row] += padding?.Lengths[row] ?? count;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _disposed = true;
        foreach (var tensor in _keys) tensor.Dispose();
        foreach (var tensor in _values) tensor.Dispose();
    }
}

using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Decoder;

/// <summary>Keys and values of the positions a batch has seen, per layer, in buffers of a fixed capacity.</summary>
public sealed class KvCache : IDisposable
{
    private readonly Tensor[] _keys;
    private readonly Tensor[] _values;

    /// <summary>Allocates a cache.</summary>
    /// <param name="config">The decoder it is for.</param>
    /// <param name="batch">Rows.</param>
    /// <param name="capacity">The longest sequence, prompt and answer together.</param>
    /// <param name="type">Element type of the decoder's computation.</param>
    /// <param name="device">Where the decoder is.</param>
    public KvCache(DecoderConfig config, int batch, int capacity, ScalarType type, Device? device = null)
    {
        Capacity = capacity;
        Tensor[] Allocate() => [.. Enumerable.Range(0, config.Layers).Select(_ =>
        {
            var buffer = zeros([batch, config.KeyValueHeads, capacity, config.HeadWidth], type, device);
            buffer.DetachFromDisposeScope();
            return buffer;
        })];
        _keys = Allocate();
        _values = Allocate();
    }

    /// <summary>The longest sequence that fits.</summary>
    public int Capacity { get; }

    /// <summary>Positions held.</summary>
    public int Length { get; private set; }

    /// <summary>Stores new positions of a layer and returns views of all of them, <c>(B, kv heads, Length + new, D)</c>.</summary>
    internal (Tensor Keys, Tensor Values) Append(int layer, Tensor keys, Tensor values)
    {
        var count = (int)keys.shape[2];
        if (Length + count > Capacity)
            throw new InvalidOperationException($"the KV cache holds {Capacity} positions, but {Length + count} are needed; ask for fewer tokens or a larger cache");

        Store(_keys[layer], keys, count);
        Store(_values[layer], values, count);
        return (_keys[layer].narrow(2, 0, Length + count), _values[layer].narrow(2, 0, Length + count));
    }

    private void Store(Tensor buffer, Tensor fresh, int count)
    {
        using var place = buffer.narrow(2, Length, count);
        place.copy_(fresh);
    }

    /// <summary>Counts positions as held, once every layer has stored them.</summary>
    internal void Advance(int count) => Length += count;

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var tensor in _keys) tensor.Dispose();
        foreach (var tensor in _values) tensor.Dispose();
    }
}

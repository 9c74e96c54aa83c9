using System.Globalization;
using HealthGpt.Model.HLora;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Decoder;

// Shapes: B batch, T positions of this pass, H hidden, D head width.

/// <summary>What all blocks share in one pass over a batch: positions, mask, cache and the H-LoRA of each row.</summary>
internal sealed class DecoderPass : IDisposable
{
    private readonly RowPositions? _rows;
    private readonly Tensor? _causalMask;
    private readonly int _width;
    private readonly BatchPadding? _padding;

    public DecoderPass(DecoderConfig config, RotaryEmbedding rotary, Tensor embeddings, HLoraRows? hlora, KvCache? cache, HLoraDropout? dropout, BatchPadding? padding)
    {
        var rows = embeddings.shape[0];
        _width = (int)embeddings.shape[1];
        _padding = padding;
        Cache = cache;
        Dropout = dropout;
        Require(config, rows, hlora);
        var start = cache?.Lengths[0] ?? 0;
        // Right padding alone needs nothing: a causal model's tokens never see what stands after them.
        var isRagged = cache is { IsEven: false } || (padding is not null && (cache is not null || padding.Side == PaddingSide.Left));
        if (isRagged)
        {
            _rows = RowPositions.Of(config, (int)rows, _width, padding, cache, embeddings.dtype, embeddings.device);
            (Cosine, Sine) = rotary.Turns(_rows.Positions, _rows.Length);
        }
        else
        {
            _causalMask = AttentionMask.Make(config, start, _width, embeddings.dtype, embeddings.device);
            (Cosine, Sine) = rotary.Turns(start, _width);
        }

        Total = (int)(Mask?.shape[^1] ?? start + _width);
        Shared = hlora?.Shared;
        Groups = hlora is null || Shared is not null
            ? []
            : [.. hlora.Groups.Select(group => (group.Weights, tensor(group.Rows.Select(row => (long)row).ToArray(), ScalarType.Int64, embeddings.device).DetachFromDisposeScope()))];
    }

    /// <summary>Cosines and sines of the positions, that broadcast over <c>(B, N, T, D)</c>.</summary>
    public Tensor Cosine { get; }

    /// <inheritdoc cref="Cosine"/>
    public Tensor Sine { get; }

    /// <summary>What is added to attention scores; null where the kernel's causal rule is enough.</summary>
    public Tensor? Mask => _rows?.Mask ?? _causalMask;

    /// <summary>Positions that can be seen.</summary>
    public int Total { get; }

    /// <summary>Positions seen before.</summary>
    public KvCache? Cache { get; }

    /// <summary>Dropout inside H-LoRA.</summary>
    public HLoraDropout? Dropout { get; }

    /// <summary>The H-LoRA that all rows go through.</summary>
    public HLoraWeights? Shared { get; }

    /// <summary>Where rows go through different ones: each with the indices of its rows.</summary>
    public IReadOnlyList<(HLoraWeights Weights, Tensor Rows)> Groups { get; }

    /// <summary>A layer's keys and values: those of this pass, or all that the cache then holds. The caller's.</summary>
    public (Tensor Keys, Tensor Values) Remember(int layer, Tensor keys, Tensor values) =>
        Cache is null ? (keys.alias(), values.alias()) : Cache.Append(layer, keys, values, _rows?.Slots, Total);

    /// <summary>Counts the positions as seen, after the last block.</summary>
    public void Complete() => Cache?.Advance(_width, _padding);

    private void Require(DecoderConfig config, long rows, HLoraRows? hlora)
    {
        var longest = (Cache?.Length ?? 0) + _width;
        if (longest > config.MaxPositions)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"the sequence of {longest} tokens is longer than the model's {config.MaxPositions} positions"), nameof(rows));
        _padding?.Require(rows, _width);
        Cache?.Require(rows, _width, _padding);
        if (Dropout is not null && hlora is { Shared: null })
            throw new ArgumentException("dropout is for training, where all rows go through one H-LoRA; leave it out or split the batch", nameof(hlora));
    }

    public void Dispose()
    {
        Cosine.Dispose();
        Sine.Dispose();
        _rows?.Dispose();
        _causalMask?.Dispose();
        foreach (var (_, rows) in Groups) rows.Dispose();
    }
}

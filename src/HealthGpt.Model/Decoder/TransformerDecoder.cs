using System.Globalization;
using HealthGpt.Model.HLora;
using HealthGpt.Model.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Decoder;

// Shapes: B batch, T sequence, H hidden, N heads, D head width.

/// <summary>The base language model without embedding and head: blocks of attention and SwiGLU, and the final norm.</summary>
public sealed class TransformerDecoder : IDisposable
{
    private readonly WeightSet _weights;
    private readonly RotaryEmbedding _rotary;
    private readonly DecoderBlock[] _blocks;
    private readonly Tensor _finalNorm;

    /// <summary>Creates a decoder over its weights.</summary>
    /// <param name="config">Sizes and constants.</param>
    /// <param name="weights">Tensors by their Hugging Face names; the decoder disposes them.</param>
    /// <exception cref="WeightFileException">A tensor is missing or misshapen.</exception>
    public TransformerDecoder(DecoderConfig config, WeightSet weights)
    {
        Config = config;
        _weights = weights;
        _finalNorm = weights.Get("model.norm.weight", config.Hidden);
        _rotary = new RotaryEmbedding(config, _finalNorm.dtype, _finalNorm.device);
        _blocks = [.. Enumerable.Range(0, config.Layers).Select(layer => new DecoderBlock(config, weights, layer, _rotary))];
    }

    /// <summary>Sizes and constants.</summary>
    public DecoderConfig Config { get; }

    /// <summary>The element type of the computation.</summary>
    public ScalarType Type => _finalNorm.dtype;

    /// <summary>
    /// Runs the blocks. Rows are right padded: a causal model's tokens never see what stands after them, so no mask is needed and only the outputs at
    /// padding mean nothing.
    /// </summary>
    /// <param name="embeddings"><c>(B, T, H)</c>.</param>
    /// <param name="hlora">The plugin's H-LoRA, in the decoder's element type, or null for the base alone.</param>
    /// <param name="cache">Positions seen before; these are added to it.</param>
    /// <param name="dropout">Dropout inside H-LoRA, in training only.</param>
    /// <returns>Hidden states after the final norm, <c>(B, T, H)</c>, the caller's.</returns>
    public Tensor Forward(Tensor embeddings, HLoraWeights? hlora = null, KvCache? cache = null, HLoraDropout? dropout = null)
    {
        var start = cache?.Length ?? 0;
        var length = (int)embeddings.shape[1];
        if (start + length > Config.MaxPositions)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"the sequence of {start + length} tokens is longer than the model's {Config.MaxPositions} positions"), nameof(embeddings));

        using var mask = AttentionMask.Make(Config, start, length, embeddings.dtype, embeddings.device);
        var x = embeddings.alias();
        foreach (var block in _blocks)
        {
            var next = block.Forward(x, mask, hlora, cache, dropout);
            x.Dispose();
            x = next;
        }

        cache?.Advance(length);
        using (x) return RmsNorm.Apply(x, _finalNorm, Config.NormEpsilon);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _rotary.Dispose();
        _weights.Dispose();
    }
}

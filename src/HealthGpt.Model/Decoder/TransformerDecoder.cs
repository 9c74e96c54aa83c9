using HealthGpt.Model.Decoder.Cpu;
using HealthGpt.Model.HLora;
using HealthGpt.Model.Layouts;
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
    private readonly Lazy<CpuDecodingStep?> _step;
    private bool _disposed;

    /// <summary>Creates a decoder over its weights.</summary>
    /// <param name="config">Sizes and constants.</param>
    /// <param name="weights">Tensors by their Hugging Face names; the decoder disposes them.</param>
    /// <exception cref="WeightFileException">A tensor is missing or misshapen.</exception>
    public TransformerDecoder(DecoderConfig config, WeightSet weights)
    {
        Config = config;
        _weights = weights;
        _step = new Lazy<CpuDecodingStep?>(() => CpuDecodingStep.Create(config, weights));
        _finalNorm = weights.Get(DecoderLayout.FinalNorm, config.Hidden);
        _blocks = [.. Enumerable.Range(0, config.Layers).Select(layer => new DecoderBlock(config, weights, layer))];
        // After the weights were held to the configuration, which then claims no more than they have.
        _rotary = new RotaryEmbedding(config, _finalNorm.dtype, _finalNorm.device);
    }

    /// <summary>Sizes and constants.</summary>
    public DecoderConfig Config { get; }

    /// <summary>The element type of the computation.</summary>
    public ScalarType Type => _finalNorm.dtype;

    /// <summary>Where the weights are.</summary>
    public Device Device => _finalNorm.device;

    /// <summary>Runs the blocks.</summary>
    /// <param name="embeddings"><c>(B, T, H)</c>.</param>
    /// <param name="hlora">H-LoRA, in the decoder's element type: one for all rows or one for each; null for the base alone.</param>
    /// <param name="cache">Positions seen before; these are added to it, padding left out.</param>
    /// <param name="dropout">Dropout inside H-LoRA, in training only.</param>
    /// <param name="padding">Which positions are tokens; null where all are. Right padding without a cache may be left unsaid.</param>
    /// <param name="backwardReached">
    /// Told in the backward pass when it has come to the input of a block, by the block's number, and first of the final norm, by the number of blocks: all behind it have then added their
    /// gradients. Not told where nothing before has a gradient.
    /// </param>
    /// <param name="checkpointsActivations">Whether each block runs forward once more in the backward pass, to keep its input alone until then. In training only; no bit changes.
    /// What the backward pass then needs belongs to the present dispose scope.</param>
    /// <returns>Hidden states after the final norm, <c>(B, T, H)</c>, the caller's; they mean nothing at padding.</returns>
    /// <exception cref="ArgumentException">The sequence is longer than the model's positions, rows of the arguments do not agree, or the cache or the H-LoRA is for another decoder.</exception>
    /// <exception cref="InvalidOperationException">The cache is full.</exception>
    /// <exception cref="ObjectDisposedException">The decoder, the cache or an H-LoRA is disposed.</exception>
    public Tensor Forward(
        Tensor embeddings, HLoraRows? hlora = null, KvCache? cache = null, HLoraDropout? dropout = null, BatchPadding? padding = null, Action<int>? backwardReached = null,
        bool checkpointsActivations = false)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        cache?.Require(Config);
        hlora?.Require(embeddings.shape[0]);
        if (cache is not null && dropout is null && CanStep(embeddings, cache, padding) && _step.Value?.Run(embeddings, hlora, cache) is { } stepped) return stepped;

        var pass = new DecoderPass(Config, _rotary, embeddings, hlora, cache, dropout, padding);
        using var ending = checkpointsActivations ? null : pass;
        var x = embeddings.alias();
        for (var layer = 0; layer < _blocks.Length; layer++)
        {
            using var input = Bounded(x, layer, backwardReached);
            var block = _blocks[layer];
            x = checkpointsActivations ? CheckpointedBlock.Apply(input, activations => block.Forward(activations, pass)) : block.Forward(input, pass);
        }

        pass.Complete();
        x = Bounded(x, _blocks.Length, backwardReached);
        using (x) return RmsNorm.Apply(x, _finalNorm, Config.NormEpsilon);
    }

    /// <summary>Takes the tensor over.</summary>
    private static Tensor Bounded(Tensor x, int block, Action<int>? reached)
    {
        if (reached is null || !x.requires_grad) return x;
        using (x) return BackwardBoundary.Apply(x, () => reached(block));
    }

    private bool CanStep(Tensor embeddings, KvCache cache, BatchPadding? padding) =>
        !is_grad_enabled() && padding is null && embeddings.shape is [<= CpuDecodingStep.MostRows, 1, _] shape && shape[0] == cache.Batch && shape[2] == Config.Hidden
        && cache.IsOnCpu && cache.Type == Type && embeddings.dtype == Type && embeddings.device_type == DeviceType.CPU && cache.Length < Math.Min(cache.Capacity, Config.MaxPositions);

    /// <inheritdoc />
    public void Dispose()
    {
        _disposed = true;
        if (_step.IsValueCreated) _step.Value?.Dispose();
        _rotary.Dispose();
        _weights.Dispose();
    }
}

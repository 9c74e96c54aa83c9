using HealthGpt.Model.Decoder.Kernels;
using HealthGpt.Model.HLora;
using HealthGpt.Model.Layouts;
using HealthGpt.Model.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Decoder.Cpu;

// Shapes: B batch, H hidden, D head width.

/// <summary>
/// One new position of a few rows through all blocks, on the CPU and without gradients: a whole step is one program of a <see cref="ThreadTeam"/>. Through torch, a step
/// is some forty calls a layer, each with a set-up of its own, and its bfloat16 products of one row read weights at a fraction of the memory's speed.
/// </summary>
internal sealed unsafe class CpuDecodingStep : IDisposable
{
    /// <summary>The most rows: with more, torch's matrix products catch up.</summary>
    public const int MostRows = 8;

    private readonly DecoderConfig _config;
    private readonly CpuBlock[] _blocks;
    private readonly TensorRows _finalNorm;
    private readonly float[] _frequencies;
    private readonly StepBuffers _buffers;
    private readonly Lock _oneStep = new();

    private CpuDecodingStep(DecoderConfig config, WeightSet weights)
    {
        _config = config;
        _blocks = [.. Enumerable.Range(0, config.Layers).Select(layer => CpuBlock.Of(config, weights, layer))];
        _finalNorm = TensorRows.Of(weights.Get(DecoderLayout.FinalNorm));
        _frequencies = [.. Enumerable.Range(0, config.HeadWidth / 2).Select(at => (float)(1 / Math.Pow(config.RopeTheta, 2.0 * at / config.HeadWidth)))];
        _buffers = new StepBuffers(config, MostRows);
    }

    /// <summary>A step over these weights, or null where this processor or where they lie do not allow it.</summary>
    public static CpuDecodingStep? Create(DecoderConfig config, WeightSet weights) =>
        RowProducts.IsSupported && weights.Tensors.All(item => TensorRows.Fits(item.Value)) ? new CpuDecodingStep(config, weights) : null;

    /// <summary>Runs the step and adds the positions to the cache.</summary>
    /// <param name="embeddings"><c>(B, 1, H)</c>.</param>
    /// <param name="hlora">The H-LoRA of each row; null for the base alone.</param>
    /// <param name="cache">Positions seen before.</param>
    /// <returns>Hidden states after the final norm, <c>(B, 1, H)</c>, the caller's; null where the plugins do not lie where this can read them.</returns>
    public Tensor? Run(Tensor embeddings, HLoraRows? hlora, KvCache cache)
    {
        var rows = (int)embeddings.shape[0];
        var groups = new List<(CpuHLora Weights, int[] Rows)>();
        foreach (var (weights, own) in hlora?.GroupsOf(rows) ?? [])
        {
            if (CpuHLora.Of(weights, _config, embeddings.dtype) is not { } known) return null;
            groups.Add((known, own));
        }

        lock (_oneStep)
        {
            var threads = get_num_threads();
            _buffers.Grow(threads, cache.Capacity, groups);
            Read(embeddings, rows);
            for (var row = 0; row < rows; row++) Turn(_buffers.Turns[row], cache.Lengths[row]);
            new StepProgram(_config, _blocks, _finalNorm, _buffers, groups, cache).Run(threads);
            cache.Advance(1);
            return Write(rows, embeddings.dtype);
        }
    }

    private void Turn(float* turns, int position)
    {
        for (var at = 0; at < _frequencies.Length; at++)
            (turns[_frequencies.Length + at], turns[at]) = MathF.SinCos(position * _frequencies[at]);
    }

    private void Read(Tensor embeddings, int rows)
    {
        using var plain = embeddings.contiguous();
        using var matrix = plain.view(rows, -1);
        var source = TensorRows.Of(matrix);
        for (var row = 0; row < rows; row++)
            for (var at = 0; at < _config.Hidden; at++) _buffers.Residual[row][at] = source[(row * _config.Hidden) + at];
    }

    private Tensor Write(int rows, ScalarType type)
    {
        var hidden = empty([rows, 1, _config.Hidden], type);
        var target = (byte*)TensorRows.Address(hidden);
        for (var row = 0; row < rows; row++)
        {
            for (var at = 0; at < _config.Hidden; at++)
            {
                if (type == ScalarType.BFloat16) BFloat16Row.Write(target, (row * _config.Hidden) + at, _buffers.Normal[row][at]);
                else Float32Row.Write(target, (row * _config.Hidden) + at, _buffers.Normal[row][at]);
            }
        }

        return hidden;
    }

    public void Dispose() => _buffers.Dispose();
}

using System.Runtime.CompilerServices;
using HealthGpt.Model.Decoder.Kernels;
using HealthGpt.Model.HLora;
using static TorchSharp.torch;

namespace HealthGpt.Model.Decoder.Cpu;

// Shapes: I input width, O output width, R rank, E experts.

/// <summary>One plugin's H-LoRA in memory.</summary>
internal sealed class CpuHLora
{
    private static readonly ConditionalWeakTable<HLoraWeights, CpuHLora?[]> Known = [];

    private readonly DecoderConfig _config;
    private readonly Tensor[] _tensors;

    private CpuHLora(HLoraWeights weights, DecoderConfig config, Tensor[] tensors)
    {
        (_config, _tensors) = (config, tensors);
        Rank = weights.Rank;
        Experts = weights.Experts;
        Scale = (float)weights.Scale;
        Sites = [.. config.LinearKeys.Select(key => weights[key]).Select(site => (TensorRows.Of(site.A), TensorRows.Of(site.B), TensorRows.Of(site.Route)))];
    }

    /// <summary>R.</summary>
    public int Rank { get; }

    /// <summary>E.</summary>
    public int Experts { get; }

    /// <summary>The factor s.</summary>
    public float Scale { get; }

    /// <summary>A, B and the router of every linear, in the order of layers and, in each, of the forward pass.</summary>
    public (TensorRows A, TensorRows B, TensorRows Route)[] Sites { get; }

    /// <summary>The weights in memory, or null where they do not lie in the CPU's memory as rows. Looked at once for a decoder, as it takes longer than a layer.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="config">The decoder they go through.</param>
    /// <param name="type">The element type of its computation.</param>
    /// <exception cref="ArgumentException">They were made for another base.</exception>
    /// <exception cref="ObjectDisposedException">They are disposed, or what holds their tensors is.</exception>
    public static CpuHLora? Of(HLoraWeights weights, DecoderConfig config, ScalarType type)
    {
        // Casts are made anew for each use: their addresses mean nothing after it.
        if (weights.IsCastAtUse) return null;
        var known = Known.GetValue(weights, _ => [null]);
        if (known[0] is { } ready && ReferenceEquals(ready._config, config))
        {
            RequireAlive(weights, ready._tensors);
            return ready;
        }

        Tensor[] tensors = [.. weights.NamedTensors().Select(item => item.Value)];
        RequireAlive(weights, tensors);
        if (weights.MisfitTo(config) is { } misfit) throw new ArgumentException($"the H-LoRA was made for another base: {misfit}", nameof(weights));
        return tensors.All(tensor => tensor.dtype == type && TensorRows.Fits(tensor)) ? known[0] = new CpuHLora(weights, config, tensors) : null;
    }

    // Told here as torch would tell it, and not by reading memory that is no longer there.
    private static void RequireAlive(HLoraWeights weights, Tensor[] tensors) =>
        ObjectDisposedException.ThrowIf(weights.IsDisposed || Array.Exists(tensors, tensor => tensor.IsInvalid), weights);
}

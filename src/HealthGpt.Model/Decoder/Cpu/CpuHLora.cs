using System.Runtime.CompilerServices;
using HealthGpt.Model.Decoder.Kernels;
using HealthGpt.Model.HLora;

namespace HealthGpt.Model.Decoder.Cpu;

// Shapes: I input width, O output width, R rank, E experts.

/// <summary>One plugin's H-LoRA in memory.</summary>
internal sealed class CpuHLora
{
    private static readonly ConditionalWeakTable<HLoraWeights, CpuHLora?[]> Known = [];

    private readonly DecoderConfig _config;

    private CpuHLora(HLoraWeights weights, DecoderConfig config)
    {
        _config = config;
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
    /// <exception cref="ArgumentException">They were made for another base.</exception>
    public static CpuHLora? Of(HLoraWeights weights, DecoderConfig config)
    {
        var known = Known.GetValue(weights, _ => [null]);
        // A disposed tensor is told here as torch would tell it, and not by reading memory that is no longer there.
        ObjectDisposedException.ThrowIf(weights.IsDisposed, weights);
        if (known[0] is { } ready && ReferenceEquals(ready._config, config)) return ready;
        if (weights.MisfitTo(config) is { } misfit) throw new ArgumentException($"the H-LoRA was made for another base: {misfit}", nameof(weights));
        return weights.NamedTensors().All(item => TensorRows.Fits(item.Value)) ? known[0] = new CpuHLora(weights, config) : null;
    }
}

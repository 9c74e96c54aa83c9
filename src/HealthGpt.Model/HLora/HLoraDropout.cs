using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.HLora;

/// <summary>
/// Dropout inside H-LoRA whose masks are a pure function of a key, so that a step gives the same bits on any worker.
/// </summary>
/// <param name="Probability">The chance of dropping an element, at least 0 and below 1.</param>
/// <param name="Key">Made from the job's seed, the step and the logical shard.</param>
public sealed record HLoraDropout(double Probability, ulong Key)
{
    /// <summary>The mask of one layer and projection, divided by the probability of keeping.</summary>
    internal Tensor Mask(int layer, int site, ReadOnlySpan<long> shape, ScalarType type, Device device)
    {
        using var generator = new Generator(SplitMix(Key ^ SplitMix((ulong)((layer * 8) + site + 1))) & long.MaxValue);
        using var uniform = rand(shape, ScalarType.Float32, generator: generator);
        using Scalar dropped = Probability, share = 1 - Probability;
        using var kept = uniform.ge(dropped);
        using var ones = kept.to(ScalarType.Float32);
        using var scaled = ones.div(share);
        // Drawn on the CPU wherever it is used: other devices' generators give other numbers.
        if (device.type == DeviceType.CPU) return scaled.to(type);
        using var there = scaled.to(device);
        return there.to(type);
    }

    /// <summary>SplitMix64 (Steele, Lea, Flood 2014): one well-mixed 64-bit word out of another.</summary>
    private static ulong SplitMix(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}

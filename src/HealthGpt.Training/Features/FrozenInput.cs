using HealthGpt.Training.Samples;

namespace HealthGpt.Training.Features;

/// <summary>What a frozen part makes of one picture, or what it needs to make it, or neither where an earlier micro-batch brings it.</summary>
/// <param name="Sample">The sample that it is for.</param>
/// <param name="Image">The picture.</param>
/// <param name="Output">What is made.</param>
/// <param name="Key">Its name in the cache.</param>
internal sealed record FrozenInput(SampleReference Sample, ImageReference Image, FrozenOutput Output, string Key)
{
    /// <summary>The result, from the cache.</summary>
    public byte[]? Result { get; init; }

    /// <summary>The prepared picture, channel by channel, where there is no result yet.</summary>
    public float[]? Pixels { get; init; }

    /// <summary>Bytes it holds.</summary>
    public long Bytes => (Result?.Length ?? 0) + ((long)(Pixels?.Length ?? 0) * sizeof(float));
}

namespace HealthGpt.Cluster.Abstractions.Training;

/// <summary>Samples that could not be used and were left out of the training.</summary>
[GenerateSerializer, Immutable]
public sealed record LeftOutSamples
{
    /// <summary>How many they are.</summary>
    [Id(0)]
    public int Count { get; init; }

    /// <summary>The first of them, at most <see cref="MaxShown"/>: dataset, number and hash of the sample, and what is wrong. No file is named.</summary>
    [Id(1)]
    public IReadOnlyList<string> First { get; init; } = [];

    /// <summary>The most samples that are named.</summary>
    public const int MaxShown = 20;
}

using HealthGpt.Training.Features;
using HealthGpt.Training.Phases;
using HealthGpt.Training.Samples;

namespace HealthGpt.Training.Pipeline;

/// <summary>All that one forward pass takes from the data.</summary>
internal sealed record MicroBatch
{
    /// <summary>Its samples, all of one kind.</summary>
    public required PreparedSample[] Samples { get; init; }

    /// <summary>What makes the features of the prompts' pictures, sample by sample.</summary>
    public required FrozenInput[] Pictures { get; init; }

    /// <summary>What makes the image tokens of the answers, sample by sample; empty where answers are texts.</summary>
    public required FrozenInput[] Answers { get; init; }

    /// <summary>Where everything lies; null where image tokens of an answer are not known yet.</summary>
    public BatchLayout? Layout { get; init; }

    /// <summary>Whether the answers are images.</summary>
    public bool Generation => Samples[0].Generation;

    /// <summary>Bytes of pictures and features that it holds.</summary>
    public long Bytes => Pictures.Concat(Answers).Sum(input => input.Bytes);
}

namespace HealthGpt.Training.Jobs;

/// <summary>Whether the optimizer's state is sharded over the workers (ZeRO stage 1, arXiv 1910.02054). No bit of the result depends on it.</summary>
public enum ZeroChoice
{
    /// <summary>From so many trained weights on that it saves memory worth the further exchange.</summary>
    Auto,

    /// <summary>Every worker keeps all of it.</summary>
    Off,

    /// <summary>Each part of it is kept by two workers; nothing changes for one or two.</summary>
    On,
}

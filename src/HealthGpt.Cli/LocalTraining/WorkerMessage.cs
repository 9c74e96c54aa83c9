using HealthGpt.Training.Replicas;

namespace HealthGpt.Cli.LocalTraining;

/// <summary>A line that a worker process writes: one of its members.</summary>
internal sealed record WorkerMessage
{
    /// <summary>What changed, in order, with the steps since the last one.</summary>
    public WorkerProgress? Progress { get; init; }

    /// <summary>The generation that it was told of. It comes without waiting for the device, and may come late to what the device tells.</summary>
    public long? Answered { get; init; }

    /// <summary>The number that it was called with. It comes like <see cref="Answered"/>.</summary>
    public long? Present { get; init; }
}

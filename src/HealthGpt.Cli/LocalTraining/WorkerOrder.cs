using HealthGpt.Training.Replicas;

namespace HealthGpt.Cli.LocalTraining;

/// <summary>A line that a worker process reads after its first: one of its members.</summary>
internal sealed record WorkerOrder
{
    /// <summary>A group to join.</summary>
    public GroupAssignment? Join { get; init; }

    /// <summary>A number to say at once, as a sign of life.</summary>
    public long? Call { get; init; }
}

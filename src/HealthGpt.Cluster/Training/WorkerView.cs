using HealthGpt.Cluster.Abstractions.Devices;
using HealthGpt.Cluster.Abstractions.Training;

namespace HealthGpt.Cluster.Training;

/// <summary>What the trainer knows of one of its workers after a round of polls.</summary>
internal sealed record WorkerView
{
    public required DeviceLease Lease { get; init; }

    /// <summary>The last answer, or null.</summary>
    public WorkerReport? Report { get; init; }

    /// <summary>Polls in a row without an answer.</summary>
    public int Missed { get; init; }

    /// <summary>Why the last poll had no answer.</summary>
    public string? Problem { get; init; }

    /// <summary>The cluster has declared this incarnation of the silo dead.</summary>
    public bool SiloGone { get; init; }

    /// <summary>When it was told by this trainer to join the present generation, or null.</summary>
    public DateTimeOffset? ToldAt { get; init; }

    public bool Answers => Report is not null && Missed == 0 && !SiloGone;

    public bool CanJoin => Answers && Report!.EndPoint.Length > 0
        && Report.Condition is WorkerCondition.Ready or WorkerCondition.Aborted or WorkerCondition.Running or WorkerCondition.Completed;

    public string Place => $"silo '{Lease.SiloName}' ({Lease.Device}, {Lease.Id})";

    public bool Is(WorkerCondition condition, long generation) => Answers && Report!.Condition == condition && Report.Generation == generation;
}

namespace HealthGpt.Cluster.Abstractions.Training;

/// <summary>Where a job stands.</summary>
public enum JobState
{
    /// <summary>Accepted; waits for devices or for its workers to get ready.</summary>
    Queued,

    /// <summary>A group of workers is training.</summary>
    Running,

    /// <summary>A worker was lost; the next generation is being formed.</summary>
    Recovering,

    /// <summary>All steps are committed and every worker holds the same weights.</summary>
    Completed,

    /// <summary>Ended by an error, see <see cref="JobStatus.Error"/>.</summary>
    Failed,

    /// <summary>Ended by its owner.</summary>
    Cancelled,
}

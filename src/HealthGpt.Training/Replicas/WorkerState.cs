namespace HealthGpt.Training.Replicas;

/// <summary>Where a replica stands.</summary>
public enum WorkerState
{
    /// <summary>Loads model and data.</summary>
    Preparing,

    /// <summary>Waits to join a group.</summary>
    Ready,

    /// <summary>Trains in a group, or forms one.</summary>
    Running,

    /// <summary>Its group's generation ended early; waits for a higher one.</summary>
    Aborted,

    /// <summary>All steps are done and the model is exported.</summary>
    Completed,

    /// <summary>It cannot go on; the error says why.</summary>
    Failed,
}

namespace HealthGpt.Cluster.Abstractions.Training;

/// <summary>What a worker is doing.</summary>
public enum WorkerCondition
{
    /// <summary>Loads the model and the samples.</summary>
    Preparing,

    /// <summary>Can join a group.</summary>
    Ready,

    /// <summary>Trains in a group.</summary>
    Running,

    /// <summary>Its group has broken; its own state is good and it can join the next one.</summary>
    Aborted,

    /// <summary>Has committed the last step.</summary>
    Completed,

    /// <summary>Cannot go on; whether others can, the report says.</summary>
    Failed,
}

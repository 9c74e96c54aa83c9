namespace HealthGpt.Cluster.Abstractions.Training;

/// <summary>The values of <see cref="JobEvent.Type"/>.</summary>
public static class JobEventTypes
{
    /// <summary>The job was accepted and stored.</summary>
    public const string Submitted = "submitted";

    /// <summary>A worker group was formed.</summary>
    public const string Generation = "generation";

    /// <summary>A phase of the curriculum has begun.</summary>
    public const string Phase = "phase";

    /// <summary>A worker or its silo was lost, a worker of the group failed, or the group was aborted.</summary>
    public const string WorkerLost = "worker-lost";

    /// <summary>A worker outside the group cannot go on; its device is given back and the job goes on without it.</summary>
    public const string WorkerFailed = "worker-failed";

    /// <summary>Samples cannot be used and are left out of the training.</summary>
    public const string SamplesLeftOut = "samples-left-out";

    /// <summary>Nothing of a step was applied, because its loss or gradient was infinite or not a number. Of very many, the first have events; each has <see cref="StepReport.Skipped"/>.</summary>
    public const string StepSkipped = "step-skipped";

    /// <summary>The group formed after a loss has committed its first step.</summary>
    public const string Recovered = "recovered";

    /// <summary>The job goes on from fewer steps than were told: those after the event's step are done, and told, again.</summary>
    public const string Resumed = "resumed";

    /// <summary>The trainer was activated on another silo.</summary>
    public const string TrainerMoved = "trainer-moved";

    /// <summary>A checkpoint is complete.</summary>
    public const string Checkpoint = "checkpoint";

    /// <summary>A checkpoint could not be written, or the newest not be read. The job goes on; the next is tried when it is due.</summary>
    public const string CheckpointProblem = "checkpoint-problem";

    /// <summary>Plugins of the job's model are not in the trained one, which has changed the vocabulary weights that they go with.</summary>
    public const string PluginsLeftOut = "plugins-left-out";

    /// <summary>All steps are committed.</summary>
    public const string Completed = "completed";

    /// <summary>The job ended by an error.</summary>
    public const string Failed = "failed";

    /// <summary>The job was ended by its owner.</summary>
    public const string Cancelled = "cancelled";
}

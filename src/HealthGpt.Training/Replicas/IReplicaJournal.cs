namespace HealthGpt.Training.Replicas;

/// <summary>What a replica tells while it runs.</summary>
internal interface IReplicaJournal
{
    /// <summary>The history was replaced: a state came from a peer or a checkpoint.</summary>
    void Restored(IReadOnlyList<StepRecord> history, CheckpointStanding checkpoints);

    /// <summary>A step was applied.</summary>
    void Committed(StepRecord step, CheckpointStanding checkpoints);

    /// <summary>The last checkpoint was written, or could not be.</summary>
    void Checkpointed(CheckpointStanding checkpoints);

    /// <summary>The trained model was written, without these tasks' plugins of the model before.</summary>
    void Exported(IReadOnlyList<string> leftOutPlugins);
}

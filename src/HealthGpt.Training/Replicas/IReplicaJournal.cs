namespace HealthGpt.Training.Replicas;

/// <summary>What a replica tells while it runs.</summary>
internal interface IReplicaJournal
{
    /// <summary>The history was replaced: a state came from a peer or a checkpoint.</summary>
    void Restored(IReadOnlyList<StepRecord> history, WrittenCheckpoint? checkpoint);

    /// <summary>A step was applied.</summary>
    void Committed(StepRecord step, WrittenCheckpoint? checkpoint);
}

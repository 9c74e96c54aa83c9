namespace HealthGpt.Training.Replicas;

/// <summary>What is known of a job's checkpoints.</summary>
/// <param name="Latest">The newest that this replica wrote or read.</param>
/// <param name="Problem">Why the last could not be written or read as asked; null where all is well.</param>
internal sealed record CheckpointStanding(WrittenCheckpoint? Latest, string? Problem);

namespace HealthGpt.Training.Replicas;

/// <summary>A whole checkpoint.</summary>
/// <param name="Step">The last step in it.</param>
/// <param name="Folder">Where it is: a path or an address.</param>
public sealed record WrittenCheckpoint(long Step, string Folder);

namespace HealthGpt.Data.Samples;

/// <summary>The numbers of one source's check.</summary>
/// <param name="File">Its samples file.</param>
/// <param name="Task">Its task.</param>
/// <param name="Samples">Samples looked at.</param>
/// <param name="Bad">Samples that cannot be used.</param>
/// <param name="Pictures">Pictures that its samples name and that exist inside the root, counted once a mention.</param>
public sealed record SourceCheckResult(string File, string Task, long Samples, long Bad, long Pictures);

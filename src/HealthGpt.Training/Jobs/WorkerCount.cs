namespace HealthGpt.Training.Jobs;

/// <summary>How many workers a job runs on.</summary>
/// <param name="Min">The fewest it starts or goes on with.</param>
/// <param name="Max">The most it takes.</param>
public sealed record WorkerCount(int Min, int Max);

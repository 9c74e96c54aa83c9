namespace HealthGpt.Training.Samples;

/// <summary>A sample that was left out.</summary>
/// <param name="Source">File and line it came from.</param>
/// <param name="Reason">What is wrong with it.</param>
public sealed record BadSample(string Source, string Reason);

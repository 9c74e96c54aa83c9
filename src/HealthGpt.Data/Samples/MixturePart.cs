namespace HealthGpt.Data.Samples;

/// <summary>One of the lists of samples that a job mixes: a task, or a source of one.</summary>
/// <param name="Name">Its name, unlike that of every other part.</param>
/// <param name="Count">How many samples it has; at least 1.</param>
/// <param name="Weight">Its share of the draws relative to the other parts; above 0. It does not depend on the count: a small part is repeated more often.</param>
public sealed record MixturePart(string Name, int Count, double Weight);

namespace HealthGpt.Data.SampleSets;

/// <summary>A question to one slice and its answer.</summary>
internal sealed record Question(string Kind, string Text, string Answer);

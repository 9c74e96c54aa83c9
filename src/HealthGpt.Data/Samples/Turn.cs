namespace HealthGpt.Data.Samples;

/// <summary>A further question on pictures that a conversation has shown, with its answer.</summary>
/// <param name="Question">The human's text; it shows no new picture.</param>
/// <param name="Answer">The answer's text.</param>
public sealed record Turn(string Question, string Answer);

namespace HealthGpt.Data.SampleSets;

/// <summary>A question to one slice and its answer.</summary>
/// <param name="Kind">plane, skull, level or structure.</param>
/// <param name="Text">The question.</param>
/// <param name="Answer">Its answer, one of few fixed ones.</param>
/// <param name="Statements">Which statements of <see cref="SliceFacts"/> tell the answer.</param>
public sealed record Question(string Kind, string Text, string Answer, IReadOnlyList<int> Statements);

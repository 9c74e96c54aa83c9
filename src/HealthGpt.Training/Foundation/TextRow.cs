namespace HealthGpt.Training.Foundation;

/// <summary>A passage, and the text that follows it.</summary>
/// <param name="Before">Ids before the passage.</param>
/// <param name="Passage">How much of each letter stands at each place of the passage, flat.</param>
/// <param name="After">What follows the passage.</param>
internal sealed record TextRow(int[] Before, float[] Passage, IReadOnlyList<TextToken> After);

namespace HealthGpt.Training.Foundation;

/// <summary>One prompt and its answer.</summary>
/// <param name="Before">Ids before the passage.</param>
/// <param name="Passage">How much of each letter stands at each place of the passage, flat.</param>
/// <param name="After">Ids between passage and answer.</param>
/// <param name="Answer">Ids to answer.</param>
/// <param name="ReadBack">Ids that stand in the answer's place when what follows them is predicted; commonly the answer itself.</param>
internal sealed record TextRow(int[] Before, float[] Passage, int[] After, int[] Answer, int[] ReadBack);

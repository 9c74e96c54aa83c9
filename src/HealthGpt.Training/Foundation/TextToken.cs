namespace HealthGpt.Training.Foundation;

/// <summary>One token after a passage.</summary>
/// <param name="Id">What is to be predicted.</param>
/// <param name="Weight">How much that counts; 0 where it is not learnt.</param>
/// <param name="ReadBack">What stands there when the next one is predicted; commonly the token itself.</param>
internal readonly record struct TextToken(int Id, float Weight, int ReadBack);

using HealthGpt.Data.Metrics;

namespace HealthGpt.Cli.Evaluation.Scores;

/// <summary>A figure of many answers.</summary>
/// <typeparam name="T">What is known of one answer.</typeparam>
/// <param name="Name">Its name in files.</param>
/// <param name="Title">Its name for people.</param>
/// <param name="HigherIsBetter">Whether more is better.</param>
/// <param name="AppliesTo">Whether an answer counts, which its sample alone decides.</param>
internal abstract record Metric<T>(string Name, string Title, bool HigherIsBetter, Func<T, bool> AppliesTo)
{
    /// <summary>The figure of answers that all count; at least one.</summary>
    public abstract ConfidenceInterval Of(Bootstrap bootstrap, IReadOnlyList<T> scores);

    /// <summary>First minus second over the same samples, in draws of pairs.</summary>
    public abstract ConfidenceInterval Difference(Bootstrap bootstrap, IReadOnlyList<T> first, IReadOnlyList<T> second);

    /// <summary>On how many samples the first is better and worse; null where a sample has no figure of its own.</summary>
    public abstract (int Better, int Worse)? Count(IReadOnlyList<T> first, IReadOnlyList<T> second);
}

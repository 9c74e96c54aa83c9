using HealthGpt.Data.Metrics;

namespace HealthGpt.Cli.Evaluation.Scores;

/// <summary>BLEU-4 of all answers together, which is no mean of theirs.</summary>
internal sealed record BleuMetric(string Name, string Title, Func<TextScore, bool> AppliesTo) : Metric<TextScore>(Name, Title, HigherIsBetter: true, AppliesTo)
{
    public override ConfidenceInterval Of(Bootstrap bootstrap, IReadOnlyList<TextScore> scores) => bootstrap.Of(scores.Count, Figure(scores));

    public override ConfidenceInterval Difference(Bootstrap bootstrap, IReadOnlyList<TextScore> first, IReadOnlyList<TextScore> second) =>
        bootstrap.OfDifference(first.Count, Figure(first), Figure(second));

    public override (int Better, int Worse)? Count(IReadOnlyList<TextScore> first, IReadOnlyList<TextScore> second) => null;

    private static Func<IReadOnlyList<int>, double> Figure(IReadOnlyList<TextScore> scores) => samples => BleuCounts.Sum(samples.Select(sample => scores[sample].Bleu)).Score();
}

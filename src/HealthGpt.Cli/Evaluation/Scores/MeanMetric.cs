using HealthGpt.Data.Metrics;

namespace HealthGpt.Cli.Evaluation.Scores;

/// <summary>A figure that is the mean of the figures of the answers, which must be finite.</summary>
internal sealed record MeanMetric<T>(string Name, string Title, bool HigherIsBetter, Func<T, bool> AppliesTo, Func<T, double> ValueOf) : Metric<T>(Name, Title, HigherIsBetter, AppliesTo)
{
    public override ConfidenceInterval Of(Bootstrap bootstrap, IReadOnlyList<T> scores) => bootstrap.OfMean(Values(scores));

    public override ConfidenceInterval Difference(Bootstrap bootstrap, IReadOnlyList<T> first, IReadOnlyList<T> second) => bootstrap.OfDifference(Values(first), Values(second));

    public override (int Better, int Worse)? Count(IReadOnlyList<T> first, IReadOnlyList<T> second)
    {
        var signs = first.Zip(second, (a, b) => Math.Sign(ValueOf(a) - ValueOf(b)) * (HigherIsBetter ? 1 : -1)).ToList();
        return (signs.Count(sign => sign > 0), signs.Count(sign => sign < 0));
    }

    private double[] Values(IReadOnlyList<T> scores) => [.. scores.Select(ValueOf)];
}

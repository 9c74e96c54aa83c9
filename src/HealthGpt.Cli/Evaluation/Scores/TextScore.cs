using HealthGpt.Data.Metrics;

namespace HealthGpt.Cli.Evaluation.Scores;

/// <summary>How an answer in words compares with the truth.</summary>
internal sealed record TextScore
{
    /// <summary>The metric of closed questions.</summary>
    public const string ClosedAccuracy = "closedAccuracy";

    /// <summary>What is measured of answers in words: a closed question is right or wrong, an open one has words in common with the truth.</summary>
    public static readonly IReadOnlyList<Metric<TextScore>> Metrics =
    [
        new MeanMetric<TextScore>(ClosedAccuracy, "Closed-question accuracy", true, score => score.Closed, score => score.Correct ? 1 : 0),
        new MeanMetric<TextScore>("tokenF1", "Open-question token F1", true, score => !score.Closed, score => score.TokenF1),
        new MeanMetric<TextScore>("tokenRecall", "Open-question token recall", true, score => !score.Closed, score => score.TokenRecall),
        new BleuMetric("bleu4", $"BLEU-4 of reports ({BleuCounts.Orders} words or more)", score => !score.Closed && score.Bleu.ReferenceLength >= BleuCounts.Orders),
        new MeanMetric<TextScore>("rougeL", "Open-question ROUGE-L F1", true, score => !score.Closed, score => score.RougeL),
        new MeanMetric<TextScore>("exactMatch", "Exact match", true, _ => true, score => score.ExactMatch ? 1 : 0),
    ];

    public required bool Closed { get; init; }

    /// <summary>Whether a closed question is answered rightly; of no meaning for an open one.</summary>
    public required bool Correct { get; init; }

    public required bool ExactMatch { get; init; }

    public required double TokenRecall { get; init; }

    public required double TokenF1 { get; init; }

    public required double RougeL { get; init; }

    public required BleuCounts Bleu { get; init; }

    /// <summary>What samples are ordered by, from 0 for the worst to 1.</summary>
    public double Goodness => Closed ? (Correct ? 1 : 0) : TokenF1;

    public static TextScore Of(string answer, string truth, bool closed, IReadOnlyList<string> choices) => new()
    {
        Closed = closed,
        Correct = closed && AnswerMetrics.ClosedCorrect(answer, truth, choices.Count == 0 ? null : choices),
        ExactMatch = AnswerMetrics.ExactMatch(answer, truth),
        TokenRecall = AnswerMetrics.TokenRecall(answer, truth),
        TokenF1 = AnswerMetrics.TokenF1(answer, truth),
        RougeL = Data.Metrics.RougeL.Of(answer, truth).F1,
        Bleu = BleuCounts.Of(answer, truth),
    };
}

using HealthGpt.Cli.Evaluation.Baselines;

namespace HealthGpt.Cli.Demo.Results;

/// <summary>The evaluation on all held-out closed questions.</summary>
internal sealed record ClosedQuestions
{
    public required Accuracy All { get; init; }

    /// <summary>What the best constant answer of each kind of question would reach together: a stricter bound than one constant for all.</summary>
    public required double BestConstantPerKind { get; init; }

    /// <summary>
    /// What the best constant answer of each question text would reach, chosen with the truth in hand: each slab is thin, so most questions about levels have one truth in it.
    /// </summary>
    public required double BestConstantPerQuestion { get; init; }

    public required IReadOnlyList<Accuracy> Kinds { get; init; }

    public required double Seconds { get; init; }

    /// <summary>Every question with the model's answer and the truth.</summary>
    public required IReadOnlyList<AnsweredQuestion> Answers { get; init; }

    public static ClosedQuestions Of(IReadOnlyList<AnsweredQuestion> questions, BlindGuess blind, double seconds)
    {
        Accuracy[] kinds = [.. questions.GroupBy(question => question.Kind).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => Accuracy.Of(group.Key, [.. group], blind))];
        return new ClosedQuestions
        {
            All = Accuracy.Of("all", questions, blind),
            BestConstantPerKind = questions.Count == 0 ? double.NaN : kinds.Sum(kind => kind.BestConstant.Accuracy * kind.Questions) / questions.Count,
            BestConstantPerQuestion = questions.Count == 0
                ? double.NaN
                : questions.GroupBy(question => question.Question, StringComparer.Ordinal).Sum(group => ConstantAnswer.Best([.. group.Select(question => question.Truth)]).Accuracy * group.Count()) / questions.Count,
            Kinds = kinds,
            Seconds = seconds,
            Answers = questions,
        };
    }
}

using HealthGpt.Cli.Evaluation.Baselines;

namespace HealthGpt.Cli.Demo.Results;

/// <summary>How often answers to closed questions were right, next to the best constant answer.</summary>
internal sealed record Accuracy
{
    /// <summary>Kind of question, or "all".</summary>
    public required string Kind { get; init; }

    public required int Questions { get; init; }

    public required double Correct { get; init; }

    public required ConstantAnswer BestConstant { get; init; }

    /// <summary>What the commonest training answer to each question text would reach, without a look at the images.</summary>
    public required double BlindGuess { get; init; }

    public double Above => Correct - BestConstant.Accuracy;

    public static Accuracy Of(string kind, IReadOnlyList<AnsweredQuestion> questions, BlindGuess blind) => new()
    {
        Kind = kind,
        Questions = questions.Count,
        Correct = questions.Count == 0 ? double.NaN : (double)questions.Count(question => question.Correct) / questions.Count,
        BestConstant = ConstantAnswer.Best([.. questions.Select(question => question.Truth)]),
        BlindGuess = questions.Count == 0 ? double.NaN : (double)questions.Count(question => blind.AnswerTo(question.Question) == AnswerForm.Of(question.Truth)) / questions.Count,
    };
}

using HealthGpt.Data.Samples;

namespace HealthGpt.Cli.Demo.Results;

/// <summary>
/// Answers without a look at the image: to each question text the commonest answer that training samples give it. What a model has above it, it has read from
/// the image.
/// </summary>
internal sealed class BlindGuess
{
    private readonly Dictionary<string, string> _answers;

    public BlindGuess(IEnumerable<Sample> trainedOn) => _answers = trainedOn
        .SelectMany(sample => sample.FollowUps.Select(turn => (turn.Question, turn.Answer)).Prepend((Question: QuestionText.Of(sample), Answer: sample.Answer ?? "")))
        .GroupBy(turn => turn.Question, turn => AnsweredQuestion.Form(turn.Answer), StringComparer.Ordinal)
        .ToDictionary(question => question.Key, question => question.GroupBy(answer => answer).OrderByDescending(group => group.Count()).ThenBy(group => group.Key, StringComparer.Ordinal).First().Key, StringComparer.Ordinal);

    /// <summary>The share of questions it answers rightly.</summary>
    public double Accuracy(IReadOnlyCollection<AnsweredQuestion> questions) => questions.Count == 0
        ? double.NaN
        : (double)questions.Count(question => _answers.GetValueOrDefault(question.Question) == AnsweredQuestion.Form(question.Truth)) / questions.Count;
}

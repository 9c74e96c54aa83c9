using HealthGpt.Data.Samples;

namespace HealthGpt.Cli.Evaluation.Baselines;

/// <summary>
/// Answers without a look at the image: to each question text the commonest answer that training samples give it. What a model has above it, it has read from
/// the image.
/// </summary>
internal sealed class BlindGuess
{
    private readonly Dictionary<string, string> _answers;

    /// <summary>Reads the training samples once.</summary>
    /// <param name="trainedOn">The training samples.</param>
    /// <param name="asked">The questions that will be asked; a million samples may have as many others, which are not kept.</param>
    public BlindGuess(IEnumerable<Sample> trainedOn, IEnumerable<string> asked)
    {
        var counts = asked.Distinct(StringComparer.Ordinal).ToDictionary(question => question, _ => new Dictionary<string, int>(StringComparer.Ordinal), StringComparer.Ordinal);
        foreach (var (question, answer) in trainedOn.SelectMany(Turns))
        {
            if (!counts.TryGetValue(question, out var answers))
                continue;
            var form = AnswerForm.Of(answer);
            answers[form] = answers.GetValueOrDefault(form) + 1;
        }

        _answers = counts.Where(question => question.Value.Count > 0).ToDictionary(question => question.Key, question => Commonest(question.Value), StringComparer.Ordinal);
    }

    /// <summary>Whether no training sample asks any of the questions, so that there is nothing to guess from.</summary>
    public bool KnowsNothing => _answers.Count == 0;

    /// <summary>The answer to a question; null if no training sample asks it.</summary>
    public string? AnswerTo(string question) => _answers.GetValueOrDefault(question);

    private static IEnumerable<(string Question, string Answer)> Turns(Sample sample) =>
        sample.FollowUps.Select(turn => (turn.Question, turn.Answer)).Prepend((QuestionText.Of(sample), sample.Answer ?? ""));

    private static string Commonest(Dictionary<string, int> answers) => answers.OrderByDescending(answer => answer.Value).ThenBy(answer => answer.Key, StringComparer.Ordinal).First().Key;
}

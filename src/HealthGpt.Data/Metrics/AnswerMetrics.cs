namespace HealthGpt.Data.Metrics;

/// <summary>How an answer to a question compares with the true one, by their words.</summary>
public static class AnswerMetrics
{
    private static readonly string[] YesAndNo = ["yes", "no"];

    /// <summary>Whether both have the same words in the same order, articles aside (exact match of SQuAD 1.1, Rajpurkar et al. 2016).</summary>
    /// <param name="answer">What was answered.</param>
    /// <param name="truth">What is right.</param>
    /// <returns>True if they agree.</returns>
    public static bool ExactMatch(string answer, string truth) => AnswerWords.WithoutArticles(answer).SequenceEqual(AnswerWords.WithoutArticles(truth));

    /// <summary>
    /// Whether a closed question is answered rightly. Models answer in sentences, so the choice that is named first counts as the answer, by its text or by its
    /// letter ("B", "(B)", "B. liver", "the answer is B"; the first choice is A); accuracy is the share of questions for which this holds.
    /// </summary>
    /// <param name="answer">What was answered.</param>
    /// <param name="truth">The right choice.</param>
    /// <param name="choices">All choices, the right one among them or not. Yes and no where the truth is one of them and none are given; otherwise, without choices, the answer must be the truth and no more, or name it where it is a letter.</param>
    /// <returns>True if the choice named first is the truth; of choices that begin at the same word the longest counts.</returns>
    public static bool ClosedCorrect(string answer, string truth, IReadOnlyCollection<string>? choices = null)
    {
        var right = AnswerWords.Of(truth);
        if (choices is null && right is not ["yes"] and not ["no"])
            return ExactMatch(answer, truth) || (OptionLetter.IsOne(truth) && OptionLetter.NamedIn(answer)?.Letter == OptionLetter.Of(truth));
        if (choices is not null && OptionLetter.NamedIn(answer) is { } letter && letter.Letter - 'A' < choices.Count && !NamesAnyBefore(choices, answer, letter.Word))
            return IsOption(letter.Letter, truth, choices);
        if (choices is not null && OptionLetter.IsOne(truth) && OptionLetter.Of(truth) - 'A' < choices.Count && !choices.Contains(truth))
            right = AnswerWords.Of(choices.ElementAt(OptionLetter.Of(truth) - 'A'));
        var words = AnswerWords.Of(answer);
        var named = (choices ?? YesAndNo).Append(truth).Select(AnswerWords.Of)
            .Select(choice => (Choice: choice, Place: PlaceOf(choice, words))).Where(candidate => candidate.Place >= 0)
            .OrderBy(candidate => candidate.Place).ThenByDescending(candidate => candidate.Choice.Count).FirstOrDefault();
        return named.Choice?.SequenceEqual(right) == true;
    }

    /// <summary>
    /// The share of the truth's words that the answer has, repeated words counted as often as they occur, articles aside: the figure reported for open
    /// questions since LLaVA-Med (Li et al. 2023).
    /// </summary>
    /// <param name="answer">What was answered.</param>
    /// <param name="truth">What is right.</param>
    /// <returns>0 to 1; where one has no words, 1 if neither has.</returns>
    public static double TokenRecall(string answer, string truth)
    {
        var (common, _, ofTruth) = Compare(answer, truth);
        return ofTruth == 0 ? ExactMatch(answer, truth) ? 1 : 0 : (double)common / ofTruth;
    }

    /// <summary>The harmonic mean of the share of the answer's words that the truth has and the share of the truth's that the answer has (F1 of SQuAD 1.1, Rajpurkar et al. 2016).</summary>
    /// <param name="answer">What was answered.</param>
    /// <param name="truth">What is right.</param>
    /// <returns>0 to 1; where one has no words, 1 if neither has.</returns>
    public static double TokenF1(string answer, string truth)
    {
        var (common, ofAnswer, ofTruth) = Compare(answer, truth);
        if (ofAnswer == 0 || ofTruth == 0)
            return ofAnswer == ofTruth ? 1 : 0;
        return 2.0 * common / (ofAnswer + ofTruth);
    }

    private static bool NamesAnyBefore(IReadOnlyCollection<string> choices, string answer, int word)
    {
        var words = AnswerWords.Of(answer);
        return choices.Any(choice => PlaceOf(AnswerWords.Of(choice), words) is var place && place >= 0 && place < word);
    }

    private static bool IsOption(char letter, string truth, IReadOnlyCollection<string> choices)
    {
        var chosen = AnswerWords.Of(choices.ElementAt(letter - 'A'));
        return chosen.SequenceEqual(AnswerWords.Of(truth)) || (OptionLetter.IsOne(truth) && !choices.Contains(truth) && OptionLetter.Of(truth) == letter);
    }

    private static (int Common, int OfAnswer, int OfTruth) Compare(string answer, string truth)
    {
        var (given, right) = (AnswerWords.WithoutArticles(answer), AnswerWords.WithoutArticles(truth));
        var counts = right.CountBy(word => word).ToDictionary();
        var common = given.CountBy(word => word).Sum(word => Math.Min(word.Value, counts.GetValueOrDefault(word.Key)));
        return (common, given.Count, right.Count);
    }

    private static int PlaceOf(IReadOnlyList<string> choice, IReadOnlyList<string> words)
    {
        for (var at = 0; choice.Count > 0 && at + choice.Count <= words.Count; at++)
        {
            if (words.Skip(at).Take(choice.Count).SequenceEqual(choice))
                return at;
        }

        return -1;
    }
}

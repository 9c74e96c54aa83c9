namespace HealthGpt.Data.Metrics;

/// <summary>
/// ROUGE-L (Lin 2004): the longest sequence of words that both texts have in the same order, gaps allowed. A corpus has the mean of its texts. With equal
/// weight for precision and recall, as the rouge-score package has it, and without stemming.
/// </summary>
/// <param name="Precision">Its share of the written words.</param>
/// <param name="Recall">Its share of the reference's words.</param>
public readonly record struct RougeL(double Precision, double Recall)
{
    /// <summary>The harmonic mean of both; 0 where both are.</summary>
    public double F1 => Precision + Recall == 0 ? 0 : 2 * Precision * Recall / (Precision + Recall);

    /// <summary>Compares a text with its reference.</summary>
    /// <param name="text">What was written.</param>
    /// <param name="reference">What should have been.</param>
    /// <returns>The figures; 0 where either has no words.</returns>
    public static RougeL Of(string text, string reference)
    {
        var (words, others) = (AnswerWords.Of(text), AnswerWords.Of(reference));
        if (words.Count == 0 || others.Count == 0)
            return default;
        double common = LongestCommonSubsequence(words, others);
        return new RougeL(common / words.Count, common / others.Count);
    }

    private static int LongestCommonSubsequence(IReadOnlyList<string> a, IReadOnlyList<string> b)
    {
        var row = new int[b.Count + 1];
        foreach (var word in a)
        {
            var corner = 0;
            for (var j = 1; j <= b.Count; j++)
            {
                var up = row[j];
                row[j] = word == b[j - 1] ? corner + 1 : Math.Max(up, row[j - 1]);
                corner = up;
            }
        }

        return row[b.Count];
    }
}

using System.Globalization;
using System.Text;

namespace HealthGpt.Data.Metrics;

/// <summary>
/// How all text metrics see a text: lower-case runs of letters and digits, as rouge-score cuts them, of any alphabet. A point or comma between two
/// digits stays, so that 2.5 cm is not 25 cm.
/// </summary>
public static class AnswerWords
{
    private static readonly string[] Articles = ["a", "an", "the"];

    /// <summary>The words of a text, in order.</summary>
    /// <param name="text">Any text.</param>
    /// <returns>Its words; none for a text of punctuation alone.</returns>
    public static IReadOnlyList<string> Of(string text)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (IsPartOfWord(text, i))
            {
                word.Append(char.ToLowerInvariant(text[i]));
                continue;
            }

            if (word.Length > 0)
                words.Add(word.ToString());
            word.Clear();
        }

        if (word.Length > 0)
            words.Add(word.ToString());
        return words;
    }

    /// <summary>The words without a, an and the, which answers to questions are compared by (SQuAD 1.1, Rajpurkar et al. 2016).</summary>
    /// <param name="text">Any text.</param>
    /// <returns>The other words; all of them where there are no others, as in an answer that names choice A.</returns>
    public static IReadOnlyList<string> WithoutArticles(string text)
    {
        var words = Of(text);
        var others = words.Where(word => !Articles.Contains(word)).ToList();
        return others.Count > 0 ? others : words;
    }

    private static bool IsPartOfWord(string text, int i)
    {
        if (char.IsLetterOrDigit(text, i) || CharUnicodeInfo.GetUnicodeCategory(text, i) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark)
            return true;
        // The second half of a letter outside the basic plane.
        if (i > 0 && char.IsSurrogatePair(text, i - 1))
            return char.IsLetterOrDigit(text, i - 1);
        return text[i] is '.' or ',' && i > 0 && i + 1 < text.Length && char.IsAsciiDigit(text[i - 1]) && char.IsAsciiDigit(text[i + 1]);
    }
}

using System.Text.RegularExpressions;

namespace HealthGpt.Data.Metrics;

/// <summary>The letter of an option, as answers name it. An A that is an article is none.</summary>
internal static partial class OptionLetter
{
    /// <summary>Whether a text is a letter and nothing else.</summary>
    public static bool IsOne(string text) => Alone().IsMatch(text);

    /// <summary>The letter of a text that <see cref="IsOne"/>, as a capital.</summary>
    public static char Of(string text) => char.ToUpperInvariant(Alone().Match(text).Groups[1].ValueSpan[0]);

    /// <summary>The letter that an answer names first.</summary>
    /// <returns>The letter as a capital, and how many words stand before it; null if it names none.</returns>
    public static (char Letter, int Word)? NamedIn(string answer)
    {
        if (IsOne(answer))
            return (Of(answer), 0);
        var match = Named().Match(answer);
        if (!match.Success)
            return null;
        var letter = match.Groups["letter"];
        return (char.ToUpperInvariant(letter.ValueSpan[0]), AnswerWords.Of(answer[..letter.Index]).Count);
    }

    [GeneratedRegex(@"^\s*\(?([A-Za-z])[.):]?\s*$")]
    private static partial Regex Alone();

    // At the beginning with a mark behind it, in brackets, or as the answer, option or choice.
    [GeneratedRegex(@"^\s*(?<letter>[A-Za-z])[.):](?=\s|$)|\((?<letter>[A-Za-z])\)|\b(?i:answer|option|choice)(?i:\s+is)?:?\s+\(?(?<letter>[B-Zb-z]|A(?!\s+\p{Ll}))\b", RegexOptions.CultureInvariant)]
    private static partial Regex Named();
}

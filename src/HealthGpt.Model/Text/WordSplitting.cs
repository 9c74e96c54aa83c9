using System.Globalization;
using System.Text;

namespace HealthGpt.Model.Text;

/// <summary>
/// How a byte-level tokenizer splits text into words, numbers, signs and white space. The published expressions look at characters, .NET's at UTF-16 code units, to which
/// letters beyond U+FFFF are none: hence scanners instead of expressions.
/// </summary>
public abstract class WordSplitting
{
    private protected WordSplitting(string pattern) => Pattern = pattern;

    /// <summary>cl100k's (Phi-4's tokenizer.json): up to three digits make a number.</summary>
    public static WordSplitting Cl100k { get; } = new Cl100kSplitting(3);

    /// <summary>Qwen2's: each digit stands alone.</summary>
    public static WordSplitting Qwen2 { get; } = new Cl100kSplitting(1);

    /// <summary>GPT-2's: every word, number or sign takes the space before it.</summary>
    public static WordSplitting Gpt2 { get; } = new Gpt2Splitting();

    /// <summary>The published expression.</summary>
    public string Pattern { get; }

    /// <summary>The splitting of a published expression, or null where it is another.</summary>
    public static WordSplitting? ByPattern(string pattern) => Array.Find([Cl100k, Qwen2, Gpt2], splitting => splitting.Pattern == pattern);

    /// <summary>Length of the piece that a text begins with.</summary>
    /// <param name="text">The rest of the text, not empty.</param>
    public abstract int PieceLength(ReadOnlySpan<char> text);

    private protected static int Run(ReadOnlySpan<char> text, int at, Kind kind, int most = int.MaxValue)
    {
        for (; most > 0; most--)
        {
            var (found, width) = KindAt(text, at);
            if (found != kind) break;
            at += width;
        }

        return at;
    }

    private protected static (Kind Kind, int Width) KindAt(ReadOnlySpan<char> text, int at)
    {
        if (at >= text.Length) return (Kind.End, 0);
        var value = text[at];
        if (char.IsAscii(value))
            return (char.IsAsciiLetter(value) ? Kind.Letter : char.IsAsciiDigit(value) ? Kind.Number : char.IsWhiteSpace(value) ? Kind.Space : Kind.Sign, 1);
        Rune.DecodeFromUtf16(text[at..], out var rune, out var width);
        if (Rune.IsWhiteSpace(rune)) return (Kind.Space, width);
        return (Rune.GetUnicodeCategory(rune) switch
        {
            <= UnicodeCategory.OtherLetter => Kind.Letter,
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => Kind.Number,
            _ => Kind.Sign,
        }, width);
    }

    private protected enum Kind
    {
        End,
        Letter,
        Number,
        Sign,
        Space,
    }
}

using System.Globalization;
using System.Text;

namespace HealthGpt.Model.Text;

/// <summary>
/// The splitting of cl100k and Qwen2 into words, numbers, signs and white space, which differ in how many digits make a number. The published expressions look
/// at characters, .NET's at UTF-16 code units, to which letters beyond U+FFFF are none: hence a scanner instead of an expression.
/// </summary>
public sealed class WordSplitting
{
    private readonly int _digits;

    private WordSplitting(string pattern, int digits) => (Pattern, _digits) = (pattern, digits);

    /// <summary>cl100k's (Phi-4): up to three digits make a number.</summary>
    public static WordSplitting Cl100k { get; } = new(
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+", 3);

    /// <summary>Qwen2's: each digit stands alone.</summary>
    public static WordSplitting Qwen2 { get; } = new(
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+", 1);

    /// <summary>The published expression.</summary>
    public string Pattern { get; }

    /// <summary>The splitting of a published expression, or null where it is another.</summary>
    public static WordSplitting? ByPattern(string pattern) => Array.Find([Cl100k, Qwen2], splitting => splitting.Pattern == pattern);

    /// <summary>Length of the piece that a text begins with.</summary>
    /// <param name="text">The rest of the text, not empty.</param>
    public int PieceLength(ReadOnlySpan<char> text)
    {
        var (kind, width) = KindAt(text, 0);
        var contraction = Contraction(text);
        if (contraction > 0) return contraction;
        if (kind == Kind.Letter) return Run(text, width, Kind.Letter);
        var (second, secondWidth) = KindAt(text, width);
        if (kind != Kind.Number && text[0] is not ('\r' or '\n') && second == Kind.Letter) return Run(text, width + secondWidth, Kind.Letter);
        if (kind == Kind.Number) return Run(text, width, Kind.Number, _digits - 1);
        if (kind == Kind.Sign) return Newlines(text, Run(text, width, Kind.Sign));
        if (text[0] == ' ' && second == Kind.Sign) return Newlines(text, Run(text, width + secondWidth, Kind.Sign));
        return WhiteSpace(text);
    }

    // 's, 't, 'm, 'd, 're, 've, 'll in either case; the long s is an s when case is ignored.
    private static int Contraction(ReadOnlySpan<char> text)
    {
        if (text.Length < 2 || text[0] != '\'') return 0;
        var first = char.ToLowerInvariant(text[1]);
        if (first is 's' or 't' or 'm' or 'd' or '\u017F') return 2;
        if (text.Length < 3) return 0;
        return (first, char.ToLowerInvariant(text[2])) is ('r' or 'v', 'e') or ('l', 'l') ? 3 : 0;
    }

    // To the last line break of a run of white space; without one, all but the last character unless the text ends.
    private static int WhiteSpace(ReadOnlySpan<char> text)
    {
        var end = Run(text, 0, Kind.Space);
        var line = text[..end].LastIndexOfAny('\r', '\n');
        if (line >= 0) return line + 1;
        return end == text.Length || end == 1 ? end : end - 1;
    }

    private static int Newlines(ReadOnlySpan<char> text, int at)
    {
        while (at < text.Length && text[at] is '\r' or '\n') at++;
        return at;
    }

    private static int Run(ReadOnlySpan<char> text, int at, Kind kind, int most = int.MaxValue)
    {
        for (; most > 0; most--)
        {
            var (found, width) = KindAt(text, at);
            if (found != kind) break;
            at += width;
        }

        return at;
    }

    private static (Kind Kind, int Width) KindAt(ReadOnlySpan<char> text, int at)
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

    private enum Kind
    {
        End,
        Letter,
        Number,
        Sign,
        Space,
    }
}

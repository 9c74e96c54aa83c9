namespace HealthGpt.Model.Text;

/// <summary>The splitting of cl100k and Qwen2, which differ in how many digits make a number.</summary>
internal sealed class Cl100kSplitting(int digits) : WordSplitting(
    @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}" + (digits > 1 ? $"{{1,{digits}}}" : "") + @"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
{
    /// <inheritdoc />
    public override int PieceLength(ReadOnlySpan<char> text)
    {
        var (kind, width) = KindAt(text, 0);
        var contraction = Contraction(text);
        if (contraction > 0) return contraction;
        if (kind == Kind.Letter) return Run(text, width, Kind.Letter);
        var (second, secondWidth) = KindAt(text, width);
        if (kind != Kind.Number && text[0] is not ('\r' or '\n') && second == Kind.Letter) return Run(text, width + secondWidth, Kind.Letter);
        if (kind == Kind.Number) return Run(text, width, Kind.Number, digits - 1);
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
}

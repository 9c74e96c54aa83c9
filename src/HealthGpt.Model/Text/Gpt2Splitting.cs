namespace HealthGpt.Model.Text;

/// <summary>The splitting of GPT-2, and of every folder that transformers' GPT2Tokenizer reads, whatever its vocabulary was made with.</summary>
internal sealed class Gpt2Splitting() : WordSplitting(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")
{
    /// <inheritdoc />
    public override int PieceLength(ReadOnlySpan<char> text)
    {
        if (Contraction(text) is > 0 and var contraction) return contraction;
        var start = text[0] == ' ' ? 1 : 0;
        var (kind, _) = KindAt(text, start);
        return kind is Kind.Letter or Kind.Number or Kind.Sign ? Run(text, start, kind) : WhiteSpace(text);
    }

    // 's, 't, 'm, 'd, 're, 've, 'll in small letters.
    private static int Contraction(ReadOnlySpan<char> text) => text switch
    {
        ['\'', 's' or 't' or 'm' or 'd', ..] => 2,
        ['\'', 'r' or 'v', 'e', ..] or ['\'', 'l', 'l', ..] => 3,
        _ => 0,
    };

    // All but the last character, which may belong to what follows, unless the text ends.
    private static int WhiteSpace(ReadOnlySpan<char> text)
    {
        var end = Run(text, 0, Kind.Space);
        return end == text.Length || end == 1 ? end : end - 1;
    }
}

namespace HealthGpt.Model.Text;

/// <summary>What becomes of a character that has no token.</summary>
/// <param name="Bytes">Ids of the 256 byte tokens, where the vocabulary has them and falls back on them.</param>
/// <param name="Id">The unknown token; null leaves the character out.</param>
/// <param name="Fuse">Neighbouring unknown characters make one unknown token.</param>
internal sealed record UnknownSymbols(int[]? Bytes, int? Id, bool Fuse)
{
    /// <summary>Ids of the tokens <c>&lt;0x00&gt;</c> to <c>&lt;0xFF&gt;</c>, or null where one is missing.</summary>
    public static int[]? ByteTokens(TokenVocabulary vocabulary)
    {
        int?[] ids = [.. Enumerable.Range(0, 256).Select(value => vocabulary.IdOf($"<0x{value:X2}>"))];
        return ids.Contains(null) ? null : [.. ids.OfType<int>()];
    }

    /// <summary>Adds what stands for an unknown character.</summary>
    public void Add(System.Text.Rune rune, List<int> symbols)
    {
        if (Bytes is not null)
        {
            Span<byte> utf8 = stackalloc byte[4];
            foreach (var value in utf8[..rune.EncodeToUtf8(utf8)]) symbols.Add(Bytes[value]);
            return;
        }

        if (Id is { } id && !(Fuse && symbols.Count > 0 && symbols[^1] == id)) symbols.Add(id);
    }
}

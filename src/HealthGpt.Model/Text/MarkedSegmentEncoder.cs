using System.Runtime.InteropServices;
using System.Text;

namespace HealthGpt.Model.Text;

/// <summary>SentencePiece's BPE: spaces are marks, and the characters of a whole segment are joined by the merge rules; what has no token becomes its bytes.</summary>
internal sealed class MarkedSegmentEncoder : ISegmentEncoder
{
    private readonly SpaceMarks _marks;
    private readonly BytePairMerges _merges;
    private readonly UnknownSymbols _unknown;
    private readonly IReadOnlyDictionary<Rune, int> _characters;
    private readonly Dictionary<int, Rune> _untokenised;
    private readonly bool _cutAtRuns;
    private readonly PieceCache _cache;

    /// <summary>Creates an encoder.</summary>
    /// <param name="marks">How marks get into a text.</param>
    /// <param name="vocabulary">The tokens.</param>
    /// <param name="merges">The merge rules.</param>
    /// <param name="characters">Symbols of single characters; those from the vocabulary's length on are no tokens, but rules may join them to one.</param>
    /// <param name="unknown">What becomes of characters without a token.</param>
    public MarkedSegmentEncoder(SpaceMarks marks, TokenVocabulary vocabulary, BytePairMerges merges, IReadOnlyDictionary<Rune, int> characters, UnknownSymbols unknown)
    {
        (_marks, _merges, _characters, _unknown) = (marks, merges, characters, unknown);
        _cache = new PieceCache(EncodePiece);
        _untokenised = characters.Where(pair => pair.Value >= vocabulary.Length).ToDictionary(pair => pair.Value, pair => pair.Key);
        // Where no token holds a mark after another character, nothing is joined over that border: the parts can be encoded, and remembered, one by one.
        var joinsOverBorder = merges.Rules.Any(rule => vocabulary.TextOf(rule.Merged) is { } text && HasBorder(text));
        _cutAtRuns = !joinsOverBorder && (unknown.Bytes is not null || !unknown.Fuse);
    }

    /// <inheritdoc />
    public void Encode(string text, bool first, List<int> ids)
    {
        text = _marks.Apply(text, first);
        for (var rest = text.AsSpan(); !rest.IsEmpty;)
        {
            var length = PieceLength(rest);
            _cache.Encode(rest[..length], ids);
            rest = rest[length..];
        }
    }

    private static bool HasBorder(string text)
    {
        for (var i = 1; i < text.Length; i++)
        {
            if (IsBorder(text, i)) return true;
        }

        return false;
    }

    private static bool IsBorder(ReadOnlySpan<char> text, int at) => text[at] == SpaceMarks.Mark && text[at - 1] != SpaceMarks.Mark;

    private int PieceLength(ReadOnlySpan<char> text)
    {
        if (!_marks.Split && !_cutAtRuns) return text.Length;
        for (var at = 1; at < text.Length; at++)
        {
            if (_marks.Split ? text[at] == SpaceMarks.Mark : IsBorder(text, at)) return at;
        }

        return text.Length;
    }

    private int[] EncodePiece(ReadOnlySpan<char> piece)
    {
        var symbols = new List<int>(piece.Length);
        foreach (var rune in piece.EnumerateRunes())
        {
            if (_characters.TryGetValue(rune, out var symbol)) symbols.Add(symbol);
            else _unknown.Add(rune, symbols);
        }

        var span = CollectionsMarshal.AsSpan(symbols);
        var joined = span[.._merges.Apply(span)];
        if (_untokenised.Count == 0) return joined.ToArray();
        var ids = new List<int>(joined.Length);
        foreach (var symbol in joined)
        {
            if (_untokenised.TryGetValue(symbol, out var rune)) _unknown.Add(rune, ids);
            else if (!(_unknown.Fuse && symbol == _unknown.Id && ids.Count > 0 && ids[^1] == symbol)) ids.Add(symbol);
        }

        return [.. ids];
    }
}

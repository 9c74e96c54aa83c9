using System.Text;

namespace HealthGpt.Model.Text;

/// <summary>Byte-level BPE: words are split off, and the bytes of each are joined by the merge rules.</summary>
internal sealed class ByteLevelSegmentEncoder : ISegmentEncoder
{
    private readonly WordSplitting _splitting;
    private readonly BytePairMerges _merges;
    private readonly TokenVocabulary _vocabulary;
    private readonly UnknownSymbols _unknown;
    private readonly bool _wholeWords;
    private readonly int?[] _bytes;
    private readonly PieceCache _cache;

    /// <summary>Creates an encoder.</summary>
    /// <param name="splitting">How words are split off.</param>
    /// <param name="vocabulary">The tokens.</param>
    /// <param name="merges">The merge rules.</param>
    /// <param name="unknown">What becomes of a byte without a token.</param>
    /// <param name="wholeWords">Whether a word that is a token needs no merge rules.</param>
    public ByteLevelSegmentEncoder(WordSplitting splitting, TokenVocabulary vocabulary, BytePairMerges merges, UnknownSymbols unknown, bool wholeWords)
    {
        (_splitting, _vocabulary, _merges, _unknown, _wholeWords) = (splitting, vocabulary, merges, unknown, wholeWords);
        _cache = new PieceCache(EncodePiece);
        _bytes = [.. Enumerable.Range(0, 256).Select(value => vocabulary.IdOf(ByteLevelAlphabet.CharacterOf((byte)value).ToString()))];
    }

    /// <inheritdoc />
    public void Encode(string text, bool first, List<int> ids)
    {
        for (var rest = text.AsSpan(); !rest.IsEmpty;)
        {
            var length = _splitting.PieceLength(rest);
            _cache.Encode(rest[..length], ids);
            rest = rest[length..];
        }
    }

    private int[] EncodePiece(ReadOnlySpan<char> piece)
    {
        var bytes = new byte[Encoding.UTF8.GetByteCount(piece)];
        Encoding.UTF8.GetBytes(piece, bytes);
        if (_wholeWords && _vocabulary.IdOf(string.Concat(bytes.Select(ByteLevelAlphabet.CharacterOf))) is { } whole) return [whole];
        var symbols = new List<int>(bytes.Length);
        foreach (var value in bytes)
        {
            if (_bytes[value] is { } id) symbols.Add(id);
            else if (_unknown.Id is { } unknown && !(_unknown.Fuse && symbols.Count > 0 && symbols[^1] == unknown)) symbols.Add(unknown);
        }

        var span = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(symbols);
        return span[.._merges.Apply(span)].ToArray();
    }
}

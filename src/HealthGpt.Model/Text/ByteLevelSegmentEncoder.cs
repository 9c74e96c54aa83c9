using System.Runtime.InteropServices;
using System.Text;
using Microsoft.ML.Tokenizers;

namespace HealthGpt.Model.Text;

/// <summary>
/// Byte-level BPE: words are split off, and the bytes of each are joined by the merge rules. The joining is Microsoft.ML.Tokenizers'; splitting and added tokens are not,
/// as its expressions see no letters beyond U+FFFF and its added tokens neither strip white space nor stay plain text where a user wrote them.
/// </summary>
internal sealed class ByteLevelSegmentEncoder : ISegmentEncoder
{
    // The library takes time with the square of a piece's length: it removes what was joined one by one from an array.
    private const int LongestByLibrary = 1000;

    private readonly WordSplitting _splitting;
    private readonly BytePairMerges _merges;
    private readonly BpeTokenizer _tokenizer;
    private readonly int[] _bytes;

    /// <summary>Creates an encoder.</summary>
    /// <param name="splitting">How words are split off.</param>
    /// <param name="vocabulary">The tokens; each of the 256 bytes is one (<see cref="HasEveryByte"/>).</param>
    /// <param name="merges">The merge rules.</param>
    public ByteLevelSegmentEncoder(WordSplitting splitting, TokenVocabulary vocabulary, BytePairMerges merges)
    {
        (_splitting, _merges) = (splitting, merges);
        _bytes = [.. BytesOf(vocabulary).Select(id => id!.Value)];
        _tokenizer = BpeTokenizer.Create(new BpeOptions(vocabulary.Tokens.Select(token => KeyValuePair.Create(token.Value, token.Key)))
        {
            Merges = RulesOf(vocabulary, merges),
            ByteLevel = true,
        });
    }

    /// <summary>Whether each of the 256 bytes has a token, so that no text is unknown.</summary>
    public static bool HasEveryByte(TokenVocabulary vocabulary) => BytesOf(vocabulary).All(id => id is not null);

    private static IEnumerable<int?> BytesOf(TokenVocabulary vocabulary) =>
        Enumerable.Range(0, 256).Select(value => vocabulary.IdOf(ByteLevelAlphabet.CharacterOf((byte)value).ToString()));

    // No byte is written as a space, so that a rule with one never applies; in the library's form it would be another rule.
    private static IEnumerable<string> RulesOf(TokenVocabulary vocabulary, BytePairMerges merges) =>
        from rule in merges.Rules
        orderby rule.Rank
        let text = $"{vocabulary.TextOf(rule.Left)} {vocabulary.TextOf(rule.Right)}"
        where text.AsSpan().Count(' ') == 1
        select text;

    /// <inheritdoc />
    public void Encode(string text, bool first, List<int> ids)
    {
        for (var rest = WellFormed(text).AsSpan(); !rest.IsEmpty;)
        {
            var piece = rest[.._splitting.PieceLength(rest)];
            if (piece.Length > LongestByLibrary) EncodeLong(piece, ids);
            else ids.AddRange(_tokenizer.EncodeToIds(piece, considerPreTokenization: false, considerNormalization: false));
            rest = rest[piece.Length..];
        }
    }

    private void EncodeLong(ReadOnlySpan<char> piece, List<int> ids)
    {
        var start = ids.Count;
        var bytes = new byte[Encoding.UTF8.GetByteCount(piece)];
        Encoding.UTF8.GetBytes(piece, bytes);
        foreach (var value in bytes) ids.Add(_bytes[value]);
        var joined = _merges.Apply(CollectionsMarshal.AsSpan(ids)[start..]);
        ids.RemoveRange(start + joined, bytes.Length - joined);
    }

    // Half a surrogate pair is U+FFFD to UTF-8, but three bytes of its own to the library.
    private static string WellFormed(string text) =>
        text.AsSpan().ContainsAnyInRange('\ud800', '\udfff') ? Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)) : text;
}

using System.Text;
using HealthGpt.Model.Vocabulary;

namespace HealthGpt.Model.Text;

/// <summary>
/// A published byte-pair tokenizer: SentencePiece with byte fallback (Phi-3) or byte-level (Phi-4, Qwen2.5).
/// Lone surrogates in a text are encoded as U+FFFD. Safe for use from several threads. <see cref="TokenizerFolder"/> opens one.
/// </summary>
public sealed class BytePairTokenizer : ITextTokenizer
{
    private readonly TokenizerParts _parts;
    private readonly ImageVocabulary? _images;
    private readonly byte[][] _bytes;
    private readonly HashSet<int> _special;
    private readonly Dictionary<string, int> _added;
    private readonly AddedTokenSplitter _written;
    private readonly AddedTokenSplitter _normalised;

    internal BytePairTokenizer(TokenizerParts parts, ImageVocabulary? images = null)
    {
        (_parts, _images) = (parts, images);
        Count = Math.Max(parts.Vocabulary.Length, parts.AddedTokens.Select(token => token.Id + 1).DefaultIfEmpty().Max());
        IReadOnlyList<AddedToken> added = [.. parts.AddedTokens, .. ImageTokens(images)];
        _added = added.ToDictionary(token => token.Content, token => token.Id, StringComparer.Ordinal);
        _special = [.. added.Where(token => token.Special).Select(token => token.Id)];
        _bytes = new byte[images?.Size ?? Count][];
        foreach (var (id, text) in parts.Vocabulary.Tokens) _bytes[id] = parts.BytesOf(text);
        foreach (var token in added) _bytes[token.Id] = Encoding.UTF8.GetBytes(token.Content);

        Func<char, bool> isSpace = parts.FindAsWritten ? IsPythonSpace : char.IsWhiteSpace;
        var normalize = parts.Normalize ?? (text => text);
        _written = new AddedTokenSplitter(added.Where(token => !token.Normalized || parts.FindAsWritten).Select(token => (token, token.Content)), isSpace);
        _normalised = new AddedTokenSplitter(
            added.Where(token => token.Normalized && !parts.FindAsWritten).Select(token => (token, normalize(token.Content))), isSpace);
    }

    private static IEnumerable<AddedToken> ImageTokens(ImageVocabulary? images) => images is null
        ? []
        : Enumerable.Range(images.TextTokens, images.Added).Select(id => new AddedToken(id, images.NameOf(id)!) { Special = true });

    /// <inheritdoc />
    public int Count { get; }

    /// <inheritdoc />
    public int? BeginningOfSequence => _parts.BeginningOfSequence;

    /// <summary>The same tokenizer that also knows the image tokens by their text; <see cref="Count"/> stays the number of text tokens.</summary>
    /// <exception cref="ArgumentException">The image vocabulary does not start where the text tokens end.</exception>
    public BytePairTokenizer WithImageTokens(ImageVocabulary images) => images.TextTokens == Count
        ? new BytePairTokenizer(_parts, images)
        : throw new ArgumentException($"the image vocabulary starts at {images.TextTokens}, but the tokenizer has {Count} tokens", nameof(images));

    /// <inheritdoc />
    public IReadOnlyList<int> Encode(string text) => Encode(text, ..0);

    /// <inheritdoc />
    public IReadOnlyList<int> Encode(string text, Range literal)
    {
        var (start, length) = literal.GetOffsetAndLength(text.Length);
        var ids = new List<int>(text.Length / 3 + 4);
        if (text.Length == 0) return ids;
        if (!_parts.MarkWholeText)
        {
            Encode(text, start, start + length, ids);
            return ids;
        }

        // An empty part stays at the text's start, where nothing can reach into it.
        var shift = start + length > 0 ? 1 : 0;
        Encode(SpaceMarks.Mark + text.Replace(SpaceMarks.Mark, ' '), start + shift, start + length + shift, ids);
        if (ids.Count > 1 && ids[0] == _parts.Vocabulary.IdOf(SpaceMarks.Mark.ToString()) && (_parts.UnmarkedTokens.Contains(ids[1]) || ids[1] >= Count)) ids.RemoveAt(0);
        return ids;
    }

    private void Encode(string text, int literalStart, int literalEnd, List<int> ids)
    {
        foreach (var segment in _written.Split(text, literalStart, literalEnd))
        {
            if (segment.Token is { } token)
            {
                ids.Add(token.Id);
                continue;
            }

            var (from, to) = (Math.Clamp(literalStart - segment.Start, 0, segment.Length), Math.Clamp(literalEnd - segment.Start, 0, segment.Length));
            EncodeSegment(text.Substring(segment.Start, segment.Length), segment.Start == 0, from, to, ids);
        }
    }

    private void EncodeSegment(string text, bool first, int literalStart, int literalEnd, List<int> ids)
    {
        var normalised = _parts.Normalize?.Invoke(text) ?? text;
        if (_normalised.IsEmpty)
        {
            _parts.Encoder.Encode(normalised, first, ids);
            return;
        }

        // Where the literal part lies in a changed text is not known: all of it is literal then.
        if (literalEnd > literalStart && normalised != text) (literalStart, literalEnd) = (0, normalised.Length);
        foreach (var segment in _normalised.Split(normalised, literalStart, literalEnd))
        {
            if (segment.Token is { } token) ids.Add(token.Id);
            else _parts.Encoder.Encode(normalised.Substring(segment.Start, segment.Length), first && segment.Start == 0, ids);
        }
    }

    /// <inheritdoc />
    public ReadOnlyMemory<byte> BytesOf(int id) => id >= 0 && id < _bytes.Length ? _bytes[id] : default(ReadOnlyMemory<byte>);

    /// <inheritdoc />
    public string Decode(IEnumerable<int> ids) => IncrementalDecoder.Decode(StartDecoding(), ids);

    /// <inheritdoc />
    public IncrementalDecoder StartDecoding() => new(id => _special.Contains(id) ? default : BytesOf(id), _parts.StripSpace, _parts.ReplaceEachByte);

    /// <inheritdoc />
    public int? IdOf(string specialToken) => _added.TryGetValue(specialToken, out var id) ? id : null;

    // str.isspace counts the four information separators as white space; Unicode's White_Space does not.
    private static bool IsPythonSpace(char value) => char.IsWhiteSpace(value) || value is >= '\u001C' and <= '\u001F';
}

using System.Buffers;
using System.Globalization;
using System.Text;

namespace HealthGpt.Model.Text;

/// <summary>Splits a text at added tokens: the leftmost first, of those the longest, as the Hugging Face tokenizers do.</summary>
internal sealed class AddedTokenSplitter
{
    private readonly Dictionary<(int Node, char Next), int> _edges = [];
    private readonly List<AddedToken?> _nodes = [null];
    private readonly SearchValues<char> _beginnings;
    private readonly Func<char, bool> _isSpace;

    /// <summary>Creates a splitter.</summary>
    /// <param name="tokens">The tokens and the texts by which they are found.</param>
    /// <param name="isSpace">What counts as white space beside a token.</param>
    public AddedTokenSplitter(IEnumerable<(AddedToken Token, string Pattern)> tokens, Func<char, bool> isSpace)
    {
        _isSpace = isSpace;
        foreach (var (token, pattern) in tokens) Add(token, pattern);
        _beginnings = SearchValues.Create([.. _edges.Keys.Where(edge => edge.Node == 0).Select(edge => edge.Next)]);
    }

    private void Add(AddedToken token, string pattern)
    {
        var node = 0;
        foreach (var next in pattern)
        {
            if (!_edges.TryGetValue((node, next), out var to))
            {
                to = _nodes.Count;
                _nodes.Add(null);
                _edges.Add((node, next), to);
            }

            node = to;
        }

        if (node > 0) _nodes[node] = token;
    }

    /// <summary>Whether there is nothing to find.</summary>
    public bool IsEmpty => _nodes.Count == 1;

    /// <summary>Splits a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="literalStart">Start of the part in which special tokens are plain text.</param>
    /// <param name="literalEnd">End of that part.</param>
    public List<TextSegment> Split(string text, int literalStart, int literalEnd)
    {
        var segments = new List<TextSegment>();
        var done = 0;
        for (var at = 0; text.AsSpan(at).IndexOfAny(_beginnings) is >= 0 and var ahead;)
        {
            at += ahead;
            if (Longest(text, at, literalStart, literalEnd) is not { Token: { } token } found)
            {
                at++;
                continue;
            }

            var (start, end) = (at, at + found.Length);
            at = end;
            if (token.SingleWord && (EndsWithWord(text.AsSpan(0, start)) || StartsWithWord(text.AsSpan(end)))) continue;
            if (token.LeftStrip) start = SpaceStart(text, start, done);
            if (token.RightStrip) end = SpaceEnd(text, end);
            if (done < start) segments.Add(new TextSegment(done, start - done, null));
            segments.Add(new TextSegment(start, end - start, token));
            done = end;
        }

        if (done < text.Length) segments.Add(new TextSegment(done, text.Length - done, null));
        return segments;
    }

    private (AddedToken? Token, int Length) Longest(string text, int start, int literalStart, int literalEnd)
    {
        var best = (Token: (AddedToken?)null, Length: 0);
        var node = 0;
        for (var at = start; at < text.Length && _edges.TryGetValue((node, text[at]), out node); at++)
        {
            if (_nodes[node] is not { } token) continue;
            var reachesIn = start < literalEnd && at + 1 > literalStart;
            if (!reachesIn || !token.Special) best = (token, at + 1 - start);
        }

        return best;
    }

    private int SpaceStart(string text, int start, int limit)
    {
        while (start > limit && _isSpace(text[start - 1])) start--;
        return start;
    }

    private int SpaceEnd(string text, int end)
    {
        while (end < text.Length && _isSpace(text[end])) end++;
        return end;
    }

    private static bool EndsWithWord(ReadOnlySpan<char> text) =>
        Rune.DecodeLastFromUtf16(text, out var rune, out _) == OperationStatus.Done && IsWord(rune);

    private static bool StartsWithWord(ReadOnlySpan<char> text) =>
        Rune.DecodeFromUtf16(text, out var rune, out _) == OperationStatus.Done && IsWord(rune);

    // Unicode's \w (UTS 18, annex C): alphabetic, marks, decimal digits, connectors, joiners. The enclosed letters are alphabetic without being letters.
    private static bool IsWord(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        <= UnicodeCategory.LetterNumber => true,
        UnicodeCategory.ConnectorPunctuation => true,
        UnicodeCategory.OtherSymbol => rune.Value is (>= 0x24B6 and <= 0x24E9) or (>= 0x1F130 and <= 0x1F149) or (>= 0x1F150 and <= 0x1F169) or (>= 0x1F170 and <= 0x1F189),
        _ => rune.Value is 0x200C or 0x200D,
    };
}

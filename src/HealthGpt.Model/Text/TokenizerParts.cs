namespace HealthGpt.Model.Text;

/// <summary>What a <see cref="BytePairTokenizer"/> is made of.</summary>
internal sealed record TokenizerParts
{
    /// <summary>The tokens.</summary>
    public required TokenVocabulary Vocabulary { get; init; }

    /// <summary>Tokens found before anything else is done to a text.</summary>
    public IReadOnlyList<AddedToken> AddedTokens { get; init; } = [];

    /// <summary>Encodes what stands between them.</summary>
    public required ISegmentEncoder Encoder { get; init; }

    /// <summary>The bytes that a token's text stands for.</summary>
    public required Func<string, byte[]> BytesOf { get; init; }

    /// <summary>Changes every segment before it is encoded.</summary>
    public Func<string, string>? Normalize { get; init; }

    /// <summary>
    /// Added tokens are found in the text as it is written, whatever they say of normalising, and white space beside them is what Python strips (the tokenizers that transformers
    /// has written in Python).
    /// </summary>
    public bool FindAsWritten { get; init; }

    /// <summary>The token that starts every prompt.</summary>
    public int? BeginningOfSequence { get; init; }

    /// <summary>A space that a decoded text begins with is left out.</summary>
    public bool StripSpace { get; init; }

    /// <summary>Each byte of a damaged character is decoded to a U+FFFD.</summary>
    public bool ReplaceEachByte { get; init; }

    /// <summary>
    /// A mark is put before the text, before it is split at added tokens, and dropped again before <see cref="UnmarkedTokens"/> (transformers' LlamaTokenizer
    /// with legacy off).
    /// </summary>
    public bool MarkWholeText { get; init; }

    /// <summary>The begin, end, unknown and padding tokens.</summary>
    public IReadOnlySet<int> UnmarkedTokens { get; init; } = new HashSet<int>();
}

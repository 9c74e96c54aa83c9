namespace HealthGpt.Model.Text;

/// <summary>Text to token ids and back, without the image vocabulary.</summary>
public interface ITextTokenizer
{
    /// <summary>Number of tokens; the image vocabulary starts here.</summary>
    int Count { get; }

    /// <summary>The token that starts every prompt, where the family has one.</summary>
    int? BeginningOfSequence { get; }

    /// <summary>Ids of a text; special tokens written in it become their own ids. Adds no beginning-of-sequence token.</summary>
    IReadOnlyList<int> Encode(string text);

    /// <summary>Ids of a text of which a part was written by somebody else: special tokens that are written in that part, or reach into it, stay plain text.</summary>
    /// <param name="text">The whole text; what stands on both sides of the part's borders is still tokenised as one.</param>
    /// <param name="literal">The part.</param>
    IReadOnlyList<int> Encode(string text, Range literal);

    /// <summary>The bytes a token stands for, as UTF-8; a special token stands for its own text.</summary>
    ReadOnlyMemory<byte> BytesOf(int id);

    /// <summary>Text of ids; special tokens are left out.</summary>
    string Decode(IEnumerable<int> ids);

    /// <summary>Starts to decode a text whose ids come one by one.</summary>
    IncrementalDecoder StartDecoding();

    /// <summary>Id of a special token by its text, or null.</summary>
    int? IdOf(string specialToken);
}

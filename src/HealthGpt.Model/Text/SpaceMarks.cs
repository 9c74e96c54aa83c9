namespace HealthGpt.Model.Text;

/// <summary>How a SentencePiece vocabulary's mark for a space gets into a text.</summary>
internal sealed record SpaceMarks
{
    /// <summary>The mark, U+2581.</summary>
    public const char Mark = '\u2581';

    /// <summary>Spaces become marks.</summary>
    public bool ReplaceSpaces { get; init; }

    /// <summary>A mark is put before the segment that the text begins with.</summary>
    public bool BeforeFirst { get; init; }

    /// <summary>A mark is put before every segment.</summary>
    public bool BeforeEach { get; init; }

    /// <summary>No mark is put before a segment that begins with one.</summary>
    public bool UnlessMarked { get; init; }

    /// <summary>Segments are cut before every mark, so that no token reaches over one.</summary>
    public bool Split { get; init; }

    /// <summary>A segment with its marks.</summary>
    public string Apply(string text, bool first)
    {
        if (ReplaceSpaces) text = text.Replace(' ', Mark);
        var wanted = BeforeEach || (BeforeFirst && first);
        return wanted && !(UnlessMarked && text[0] == Mark) ? Mark + text : text;
    }
}

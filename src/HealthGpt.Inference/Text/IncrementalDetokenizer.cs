namespace HealthGpt.Inference.Text;

/// <summary>
/// Turns tokens into text as they come. A character whose bytes are spread over several tokens is held back until it is whole; what never
/// becomes one is shown as U+FFFD, or dropped where the text ends in the middle of it.
/// </summary>
public sealed class IncrementalDetokenizer
{
    // The longest beginning of a UTF-8 character; some tokenizers decode each of its bytes to a replacement character of its own.
    private const int LongestIncomplete = 3;
    private const char Replacement = '\uFFFD';

    private readonly Func<IReadOnlyList<int>, string> _decode;
    private readonly List<int> _window = [];
    private int _context;
    private int _shown;

    /// <summary>Creates one for one answer.</summary>
    /// <param name="decode">A tokenizer's decoding, with U+FFFD for bytes that are no character.</param>
    public IncrementalDetokenizer(Func<IReadOnlyList<int>, string> decode) => _decode = decode;

    /// <summary>Adds a token and returns the text that is certain now, often empty.</summary>
    public string Append(int token)
    {
        _window.Add(token);
        var text = _decode(_window);
        var end = WholeLength(text);
        var fresh = end > _shown ? text[_shown..end] : "";
        _shown = Math.Max(_shown, end);
        if (end == text.Length)
            MoveWindow();
        return fresh;
    }

    // The last piece stays as context: tokenizers that mark word beginnings decode a token differently at the start of a text.
    private void MoveWindow()
    {
        _window.RemoveRange(0, _context);
        _context = _window.Count;
        _shown = _decode(_window).Length;
    }

    private static int WholeLength(string text)
    {
        var end = text.Length;
        while (end > 0 && text.Length - end < LongestIncomplete && text[end - 1] == Replacement)
            end--;
        return end;
    }
}

using System.Buffers;
using System.Text;

namespace HealthGpt.Model.Text;

/// <summary>
/// Turns ids into text as they come. Text is given out in whole characters; bytes that are no UTF-8 become U+FFFD. All increments and the end together are
/// what <see cref="ITextTokenizer.Decode"/> gives for all ids.
/// </summary>
public sealed class IncrementalDecoder
{
    private readonly Func<int, ReadOnlyMemory<byte>> _bytesOf;
    private readonly bool _replaceEachByte;
    private readonly byte[] _pending = new byte[4];
    private int _pendingLength;
    private bool _stripSpace;

    /// <summary>Creates a decoder for one text.</summary>
    /// <param name="bytesOf">The bytes that an id adds to the text; none for special tokens.</param>
    /// <param name="stripSpace">Whether a space that the text begins with is left out.</param>
    /// <param name="replaceEachByte">Whether each byte of a damaged character becomes a U+FFFD (SentencePiece) or all of them one (byte-level tokenizers).</param>
    public IncrementalDecoder(Func<int, ReadOnlyMemory<byte>> bytesOf, bool stripSpace = false, bool replaceEachByte = false) =>
        (_bytesOf, _stripSpace, _replaceEachByte) = (bytesOf, stripSpace, replaceEachByte);

    /// <summary>Adds an id and returns the text that is certain now, often empty.</summary>
    public string Append(int id)
    {
        var text = new StringBuilder();
        Append(id, text);
        return text.ToString();
    }

    /// <summary>Adds an id and what is certain now to a text.</summary>
    public void Append(int id, StringBuilder text)
    {
        var bytes = _bytesOf(id).Span;
        if (_stripSpace && !bytes.IsEmpty)
        {
            _stripSpace = false;
            if (bytes[0] == ' ') bytes = bytes[1..];
        }

        // A started character is completed byte by byte, before the rest is read in place.
        while (_pendingLength > 0 && !bytes.IsEmpty)
        {
            _pending[_pendingLength++] = bytes[0];
            bytes = bytes[1..];
            var rest = Read(_pending.AsSpan(0, _pendingLength), text);
            rest.CopyTo(_pending);
            _pendingLength = rest.Length;
        }

        var unread = Read(bytes, text);
        if (unread.IsEmpty) return;
        unread.CopyTo(_pending);
        _pendingLength = unread.Length;
    }

    /// <summary>Ends the text: returns U+FFFD for a character whose last bytes never came.</summary>
    public string Finish()
    {
        var text = _pendingLength == 0 ? "" : new string('\uFFFD', _replaceEachByte ? _pendingLength : 1);
        _pendingLength = 0;
        return text;
    }

    /// <summary>Text of all ids.</summary>
    public static string Decode(IncrementalDecoder decoder, IEnumerable<int> ids)
    {
        var text = new StringBuilder();
        foreach (var id in ids) decoder.Append(id, text);
        return text.Append(decoder.Finish()).ToString();
    }

    private ReadOnlySpan<byte> Read(ReadOnlySpan<byte> bytes, StringBuilder text)
    {
        Span<char> characters = stackalloc char[2];
        while (!bytes.IsEmpty)
        {
            var status = Rune.DecodeFromUtf8(bytes, out var rune, out var length);
            if (status == OperationStatus.NeedMoreData) break;
            if (status == OperationStatus.Done) text.Append(characters[..rune.EncodeToUtf16(characters)]);
            else text.Append('\uFFFD', _replaceEachByte ? length : 1);
            bytes = bytes[length..];
        }

        return bytes;
    }
}

using System.Text;
using System.Text.Json;
using HealthGpt.Model.Weights;

namespace HealthGpt.Model.Text;

/// <summary>One token a byte of UTF-8 (ids 0 to 255), and special tokens after them; healthgpt-nano's tokenizer.</summary>
public sealed class ByteTokenizer : ITextTokenizer
{
    private readonly string[] _special;
    private readonly byte[][] _bytes;

    /// <summary>Creates a tokenizer.</summary>
    /// <param name="special">Special tokens in the order of their ids, from 256 on.</param>
    public ByteTokenizer(IReadOnlyList<string> special)
    {
        _special = [.. special];
        _bytes = [.. Enumerable.Range(0, 256).Select(value => new[] { (byte)value }), .. _special.Select(Encoding.UTF8.GetBytes)];
    }

    /// <inheritdoc />
    public int Count => 256 + _special.Length;

    /// <inheritdoc />
    public int? BeginningOfSequence => null;

    /// <summary>Reads <c>byte_tokenizer.json</c>: <c>{"special": ["&lt;|end|&gt;", ...]}</c>.</summary>
    /// <exception cref="WeightFileException">The file is missing or of another form.</exception>
    public static ByteTokenizer Load(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            return new ByteTokenizer([.. document.RootElement.GetProperty("special").EnumerateArray().Select(item => item.GetString()!)]);
        }
        catch (Exception error) when (error is IOException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new WeightFileException(path, $"is no byte tokenizer: {error.Message}", error);
        }
    }

    /// <summary>Writes the file that <see cref="Load"/> reads.</summary>
    public void Save(string path) => File.WriteAllText(path, JsonSerializer.Serialize(new { special = _special }));

    /// <inheritdoc />
    public IReadOnlyList<int> Encode(string text) => Encode(text, ..0);

    /// <inheritdoc />
    public IReadOnlyList<int> Encode(string text, Range literal)
    {
        var (start, length) = literal.GetOffsetAndLength(text.Length);
        var ids = new List<int>(text.Length);
        for (var from = 0; from < text.Length;)
        {
            var (at, which) = FirstSpecial(text, from, start, start + length);
            foreach (var value in Encoding.UTF8.GetBytes(text[from..at])) ids.Add(value);
            if (which < 0) break;
            ids.Add(256 + which);
            from = at + _special[which].Length;
        }

        return ids;
    }

    private (int At, int Which) FirstSpecial(string text, int from, int literalStart, int literalEnd)
    {
        var best = (At: text.Length, Which: -1);
        for (var i = 0; i < _special.Length; i++)
        {
            var at = text.IndexOf(_special[i], from, StringComparison.Ordinal);
            // Every later place before the part's end reaches into the part as well.
            if (at >= 0 && at < literalEnd && at + _special[i].Length > literalStart) at = text.IndexOf(_special[i], Math.Max(from, literalEnd), StringComparison.Ordinal);
            if (at >= 0 && at < best.At) best = (at, i);
        }

        return best;
    }

    /// <inheritdoc />
    public ReadOnlyMemory<byte> BytesOf(int id) => id >= 0 && id < _bytes.Length ? _bytes[id] : default(ReadOnlyMemory<byte>);

    /// <inheritdoc />
    public string Decode(IEnumerable<int> ids) => Encoding.UTF8.GetString([.. ids.Where(id => id is >= 0 and < 256).Select(id => (byte)id)]);

    /// <inheritdoc />
    public IncrementalDecoder StartDecoding() => new(id => id < 256 ? BytesOf(id) : default);

    /// <inheritdoc />
    public int? IdOf(string specialToken)
    {
        var at = Array.IndexOf(_special, specialToken);
        return at < 0 ? null : 256 + at;
    }
}

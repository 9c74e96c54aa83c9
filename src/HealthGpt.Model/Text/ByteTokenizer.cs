using System.Text;
using System.Text.Json;
using HealthGpt.Model.Weights;

namespace HealthGpt.Model.Text;

/// <summary>One token a byte of UTF-8 (ids 0 to 255), special tokens after them, and perhaps unused ids that keep the places of a larger tokenizer; healthgpt-nano's tokenizer.</summary>
public sealed class ByteTokenizer : ITextTokenizer
{
    private readonly string[] _special;
    private readonly byte[][] _bytes;

    /// <summary>Creates a tokenizer.</summary>
    /// <param name="special">Special tokens in the order of their ids, from 256 on.</param>
    /// <param name="count">The number of ids; those after the special tokens stand for nothing. By default there are none.</param>
    public ByteTokenizer(IReadOnlyList<string> special, int? count = null)
    {
        if (count < 256 + special.Count || count > TokenVocabulary.MostTokens)
            throw new ArgumentOutOfRangeException(nameof(count), count, $"there are 256 bytes and {special.Count} special tokens, and at most {TokenVocabulary.MostTokens} ids");
        Count = count ?? 256 + special.Count;
        _special = [.. special];
        _bytes = [.. Enumerable.Range(0, 256).Select(value => new[] { (byte)value }), .. _special.Select(Encoding.UTF8.GetBytes)];
    }

    /// <inheritdoc />
    public int Count { get; }

    /// <inheritdoc />
    public int? BeginningOfSequence => null;

    /// <summary>Reads <c>byte_tokenizer.json</c>: <c>{"special": ["&lt;|end|&gt;", ...], "count": 261}</c>; the count may be left out.</summary>
    /// <exception cref="WeightFileException">The file is missing or of another form.</exception>
    public static ByteTokenizer Load(string path)
    {
        var root = JsonPlace.Read(path);
        if (root.Members().Select(member => member.Name).Except(["special", "count"]).FirstOrDefault() is { } unknown)
            throw new WeightFileException(path, $"has the field '{unknown}', which is not known; known are special and count");
        string[] special = [.. root.Get("special").Items().Select(item => item.Text())];
        var least = 256 + special.Length;
        if (root.Find("count") is not { } count) return new ByteTokenizer(special);
        return count.Number() >= least && count.Number() <= TokenVocabulary.MostTokens
            ? new ByteTokenizer(special, (int)count.Number())
            : throw count.Wrong($"a number from {least}, for 256 bytes and {special.Length} special tokens, to {TokenVocabulary.MostTokens}");
    }

    /// <summary>Writes the file that <see cref="Load"/> reads.</summary>
    public void Save(string path) => File.WriteAllText(path, Count == _bytes.Length ? JsonSerializer.Serialize(new { special = _special }) : JsonSerializer.Serialize(new { special = _special, count = Count }));

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

using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace HealthGpt.Data.Conversion.Imports;

/// <summary>Writes one sample as a line of JSON.</summary>
internal sealed class SampleLine : IDisposable
{
    private readonly ArrayBufferWriter<byte> _bytes = new();
    private readonly Utf8JsonWriter _json;

    // Without the relaxed encoder "<image>" would become unreadable escapes.
    public SampleLine() => _json = new Utf8JsonWriter(_bytes, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>The split of the last sample.</summary>
    public string Split { get; private set; } = "";

    /// <summary>Whether the last sample is marked as a closed question.</summary>
    public bool Closed { get; private set; }

    /// <summary>The bytes of the last sample; valid until the next.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes.WrittenMemory;

    /// <summary>Writes a question about one picture with its answer.</summary>
    /// <param name="id">What the dataset calls it; null for nothing.</param>
    /// <param name="image">The picture's path within its root.</param>
    /// <param name="question">The question without the picture's place.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="kind">What kind of question it is; null or empty where that is not known.</param>
    /// <param name="closed">Whether few answers are possible.</param>
    /// <param name="split">Its split.</param>
    /// <param name="choices">The answers that the question lists, A first; null or fewer than two where it lists none.</param>
    public void Write(string? id, string image, string question, string answer, string? kind, bool closed, string split, IReadOnlyList<string>? choices = null)
    {
        Begin(id);
        _json.WriteString("image", image);
        _json.WriteStartArray("conversations");
        WriteTurn("human", $"<image>\n{question}");
        WriteTurn("gpt", answer);
        _json.WriteEndArray();
        if (!string.IsNullOrEmpty(kind))
            _json.WriteString("kind", kind);
        _json.WriteBoolean("closed", closed);
        if (choices?.Count > 1)
            WriteChoices(choices);
        End(closed, split);
    }

    /// <summary>Writes a conversation whose parts the caller writes.</summary>
    /// <param name="id">What the dataset calls it; null for nothing.</param>
    /// <param name="content">Writes the keys image and conversations.</param>
    /// <param name="split">Its split.</param>
    public void Write(string? id, Action<Utf8JsonWriter> content, string split)
    {
        Begin(id);
        content(_json);
        End(closed: false, split);
    }

    public void Dispose() => _json.Dispose();

    private void Begin(string? id)
    {
        _bytes.ResetWrittenCount();
        _json.Reset();
        _json.WriteStartObject();
        if (id is not null)
            _json.WriteString("id", id);
    }

    private void End(bool closed, string split)
    {
        _json.WriteString("split", split);
        _json.WriteEndObject();
        _json.Flush();
        (Closed, Split) = (closed, split);
    }

    private void WriteChoices(IReadOnlyList<string> choices)
    {
        _json.WriteStartArray("choices");
        foreach (var choice in choices)
            _json.WriteStringValue(choice);
        _json.WriteEndArray();
    }

    private void WriteTurn(string from, string value)
    {
        _json.WriteStartObject();
        _json.WriteString("from", from);
        _json.WriteString("value", value);
        _json.WriteEndObject();
    }
}

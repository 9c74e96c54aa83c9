using System.Text.Json;
using System.Text.Unicode;
using HealthGpt.Model.Folders;
using HealthGpt.Model.Weights;

namespace HealthGpt.Model.Text;

/// <summary>A value in a JSON file that knows where it stands, so that every error names file and place.</summary>
internal readonly record struct JsonPlace(string File, string Path, JsonElement Element)
{
    /// <summary>Reads a file.</summary>
    /// <exception cref="WeightFileException">It cannot be read, is absurdly large, or is no JSON in UTF-8.</exception>
    public static JsonPlace Read(string file)
    {
        var bytes = TokenizerFile.Read(file);
        if (!Utf8.IsValid(bytes)) throw new WeightFileException(file, $"is not UTF-8 at byte {FirstInvalid(bytes)}");
        using var document = JsonFile.Parse(file, bytes.AsMemory(bytes.AsSpan().StartsWith("\uFEFF"u8) ? 3 : 0));
        return new JsonPlace(file, "", document.RootElement.Clone());
    }

    private static int FirstInvalid(ReadOnlySpan<byte> bytes)
    {
        var at = 0;
        while (at < bytes.Length && System.Text.Rune.DecodeFromUtf8(bytes[at..], out _, out var length) == System.Buffers.OperationStatus.Done) at += length;
        return at;
    }

    /// <summary>A member, or null where it is absent or null.</summary>
    public JsonPlace? Find(string name)
    {
        Require(JsonValueKind.Object, "an object");
        return Element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? new JsonPlace(File, Under(name), value) : null;
    }

    /// <summary>A member that must be there.</summary>
    public JsonPlace Get(string name) => Find(name) ?? throw new WeightFileException(File, $"has no '{Under(name)}'");

    /// <summary>A yes or no, false by default.</summary>
    public bool Flag(string name, bool absent = false) => Find(name) is not { } place ? absent : place.Element.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw place.Wrong("true or false"),
    };

    /// <summary>The text of a member that must be there.</summary>
    public string Text(string name) => Get(name).Text();

    /// <summary>This value's text.</summary>
    public string Text()
    {
        Require(JsonValueKind.String, "a string");
        try
        {
            return Element.GetString()!;
        }
        catch (InvalidOperationException error)
        {
            throw new WeightFileException(File, $"'{Path}' holds half a surrogate pair, which is no text", error);
        }
    }

    /// <summary>This value as a whole number.</summary>
    public long Number() => Element.ValueKind == JsonValueKind.Number && Element.TryGetInt64(out var value) ? value : throw Wrong("a whole number");

    /// <summary>The values of this array.</summary>
    public IEnumerable<JsonPlace> Items()
    {
        Require(JsonValueKind.Array, "an array");
        var (file, path) = (File, Path);
        return Element.EnumerateArray().Select((item, at) => new JsonPlace(file, $"{path}[{at}]", item));
    }

    /// <summary>The members of this object, those of the same name as often as they are written.</summary>
    public IEnumerable<(string Name, JsonPlace Value)> Members()
    {
        Require(JsonValueKind.Object, "an object");
        foreach (var member in Element.EnumerateObject())
        {
            string name;
            try
            {
                name = member.Name;
            }
            catch (InvalidOperationException error)
            {
                throw new WeightFileException(File, $"a key of '{Path}' holds half a surrogate pair, which is no text: {member.Value.GetRawText()}", error);
            }

            yield return (name, new JsonPlace(File, Under(name), member.Value));
        }
    }

    /// <summary>The error of a value that is not implemented.</summary>
    public WeightFileException NotImplemented(string implemented) => Error($"is not implemented; implemented: {implemented}");

    /// <summary>The error of a value of the wrong kind.</summary>
    public WeightFileException Wrong(string expected) => Error($"must be {expected}");

    private WeightFileException Error(string problem)
    {
        var raw = Element.GetRawText();
        return new WeightFileException(File, $"'{(Path.Length == 0 ? "the whole" : Path)}' is {(raw.Length > 120 ? raw[..120] + "..." : raw)}; that {problem}");
    }

    private void Require(JsonValueKind kind, string expected)
    {
        if (Element.ValueKind != kind) throw Wrong(expected);
    }

    private string Under(string name) => Path.Length == 0 ? name : $"{Path}.{name}";
}

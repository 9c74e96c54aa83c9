using System.Text.Json;
using HealthGpt.Data.Samples;

namespace HealthGpt.Data.Conversion.Imports;

/// <summary>Reads the fields of a record and collects what is wrong with them.</summary>
internal sealed class RowFields(JsonElement row)
{
    private readonly List<string> _problems = [];

    public IReadOnlyList<string> Problems => _problems;

    public void Problem(string reason) => _problems.Add(reason);

    /// <summary>A field as it is.</summary>
    public JsonElement? Raw(string key) => row.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>A text or a number as text, without blanks around it; empty where it is missing, which is a problem.</summary>
    public string Text(string key)
    {
        if (Raw(key) is null)
            Problem($"{key} is missing");
        return OptionalText(key) ?? "";
    }

    /// <summary>The same; null where it is missing.</summary>
    public string? OptionalText(string key)
    {
        if (Raw(key) is not { } value)
            return null;
        if (value.ValueKind == JsonValueKind.String)
            return value.GetString()!.Trim();
        if (value.ValueKind == JsonValueKind.Number)
            return value.GetRawText();
        Problem($"{key} is {Quoted.Plain(value.GetRawText())}, but must be text or a number");
        return null;
    }

    /// <summary>Whether answer_type says that few answers are possible.</summary>
    public bool IsClosed()
    {
        var type = Text("answer_type");
        if (type.Equals("closed", StringComparison.OrdinalIgnoreCase))
            return true;
        if (type.Length > 0 && !type.Equals("open", StringComparison.OrdinalIgnoreCase))
            Problem($"answer_type is {Quoted.Of(type)}, but must be OPEN or CLOSED");
        return false;
    }

    /// <summary>The right answer; closed where it is yes or no, which is what forms without a mark call closed.</summary>
    public (string Text, bool Closed) Answer()
    {
        var answer = Text("answer");
        return (answer, answer.Equals("yes", StringComparison.OrdinalIgnoreCase) || answer.Equals("no", StringComparison.OrdinalIgnoreCase));
    }
}

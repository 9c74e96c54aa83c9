using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace HealthGpt.Training.Jobs;

/// <summary>A document of objects, lists, numbers and texts as YAML: a key a line, except that sections of nothing but single values are written on one.</summary>
internal static partial class YamlDocument
{
    private const string Indent = "  ";

    public static string Write(JsonObject root)
    {
        var text = new StringBuilder();
        Write(root, "", text);
        return text.ToString();
    }

    private static void Write(JsonObject section, string indent, StringBuilder text)
    {
        foreach (var (key, value) in section)
            Write(key, value!, indent, text.Append(indent));
    }

    private static void Write(string key, JsonNode value, string indent, StringBuilder text)
    {
        text.Append(Scalar(key)).Append(':');
        switch (value)
        {
            case JsonObject inner when !IsFlat(inner):
                text.Append('\n');
                Write(inner, indent + Indent, text);
                break;
            case JsonArray list when list.Any(item => item is JsonObject):
                text.Append('\n');
                WriteItems(list, indent + Indent, text);
                break;
            default:
                text.Append(' ').Append(OnOneLine(value)).Append('\n');
                break;
        }
    }

    private static void WriteItems(JsonArray list, string indent, StringBuilder text)
    {
        foreach (var item in list.OfType<JsonObject>())
        {
            var start = text.Length;
            Write(item, indent + Indent, text);
            text[start + indent.Length] = '-';
        }
    }

    private static bool IsFlat(JsonObject section) => section.All(entry => entry.Value is JsonValue);

    private static string OnOneLine(JsonNode value) => value switch
    {
        JsonObject section => $"{{ {string.Join(", ", section.Select(entry => $"{Scalar(entry.Key)}: {OnOneLine(entry.Value!)}"))} }}",
        JsonArray list => $"[{string.Join(", ", list.Select(item => OnOneLine(item!)))}]",
        _ => value.GetValueKind() == JsonValueKind.String ? Scalar(value.GetValue<string>()) : Number(value.ToJsonString()),
    };

    // 2E-05 as people write it: 2e-5.
    private static string Number(string json) => Exponent().Replace(json, match => $"e{match.Groups["sign"].Value.TrimStart('+')}{match.Groups["digits"].Value}");

    private static string Scalar(string text) => PlainPattern().IsMatch(text) ? text
        : text.Any(char.IsControl) ? JsonSerializer.Serialize(text)
        : $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    [GeneratedRegex("E(?<sign>[+-]?)0*(?<digits>[0-9]+)$")]
    private static partial Regex Exponent();

    [GeneratedRegex("^[A-Za-z0-9/_][A-Za-z0-9/._+-]*(:[0-9]+)?$")]
    private static partial Regex PlainPattern();
}

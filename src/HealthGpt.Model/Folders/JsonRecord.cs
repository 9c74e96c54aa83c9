using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using HealthGpt.Model.Weights;

namespace HealthGpt.Model.Folders;

/// <summary>Reads a record from a JSON file; what it lacks, what is too much and what is of another kind is said by the field's name.</summary>
internal static class JsonRecord
{
    private const int Longest = 120;

    /// <summary>Reads one.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">How names and values are written in it.</param>
    /// <exception cref="WeightFileException">It is missing, is no JSON, or is not of the record's form.</exception>
    public static T Load<T>(string path, JsonSerializerOptions options)
    {
        using var document = JsonFile.Open(path);
        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object) throw new WeightFileException(path, $"is {Short(root)}, but an object in braces is needed");
        options.MakeReadOnly(populateMissingResolver: true);
        var record = options.GetTypeInfo(typeof(T));
        try
        {
            RequireNames(path, root, record, options);
            return root.Deserialize<T>(options)!;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw Refusal(path, root, record, (error as JsonException)?.Path, options, error);
        }
    }

    private static void RequireNames(string path, JsonElement root, JsonTypeInfo record, JsonSerializerOptions options)
    {
        foreach (var field in root.EnumerateObject())
        {
            if (options.UnmappedMemberHandling == JsonUnmappedMemberHandling.Disallow && record.Properties.All(property => !field.NameEquals(property.Name)))
                throw new WeightFileException(path, $"has the field '{field.Name}', which is none of {string.Join(", ", record.Properties.Select(property => property.Name))}");
        }

        var missing = record.Properties.Where(property => property.IsRequired && !root.TryGetProperty(property.Name, out _)).Select(property => property.Name).ToList();
        if (missing.Count > 0) throw new WeightFileException(path, $"has no {string.Join(", no ", missing)}; it must say {(missing.Count == 1 ? "it" : "all of them")}");
    }

    private static WeightFileException Refusal(string path, JsonElement root, JsonTypeInfo record, string? place, JsonSerializerOptions options, Exception error)
    {
        // The reader gives no place where a field is null that may not be.
        var wrong = record.Properties.FirstOrDefault(property => IsAt(property.Name, place)) ?? record.Properties.FirstOrDefault(property => !property.IsSetNullable && IsNull(root, property.Name));
        return wrong is not null && root.TryGetProperty(wrong.Name, out var value)
            ? new(path, $"has {wrong.Name} = {Short(value)}, but {Needed(wrong.PropertyType, options)} is needed", error)
            : new(path, "holds a text that is none, such as half a surrogate pair, or a field of another kind; get it again from where it came", error);
    }

    // Places are written as $.plugins.vqa.path.
    private static bool IsAt(string name, string? place) => place is not null && (place + ".").Replace('[', '.').StartsWith($"$.{name}.", StringComparison.Ordinal);

    private static bool IsNull(JsonElement root, string name) => root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Null;

    private static string Needed(Type type, JsonSerializerOptions options)
    {
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        if (plain.IsEnum) return string.Join(" or ", Enum.GetNames(plain).Select(name => $"\"{JsonNamingPolicy.CamelCase.ConvertName(name)}\""));
        if (plain == typeof(string)) return "a text";
        if (plain == typeof(int) || plain == typeof(long)) return "a whole number";
        if (plain == typeof(double)) return "a number";
        var form = options.GetTypeInfo(plain);
        return form.Kind == JsonTypeInfoKind.Dictionary
            ? $"an object by name, each {Needed(form.ElementType!, options)},"
            : $"an object of {string.Join(" and ", form.Properties.Select(property => property.Name))}";
    }

    private static string Short(JsonElement value) => value.GetRawText() is { Length: > Longest } text ? text[..Longest] + "..." : value.GetRawText();
}

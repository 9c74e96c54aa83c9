using System.Globalization;
using System.Text.Json;
using HealthGpt.Model.Weights;

namespace HealthGpt.Model.Folders;

/// <summary>Fields of a config.json; what is missing or not implemented is refused by its name and value.</summary>
internal sealed class ConfigFields : IDisposable
{
    private readonly string _path;
    private readonly JsonDocument? _document;
    private readonly JsonElement _root;
    private readonly string _prefix = "";

    private ConfigFields(string path, JsonDocument document, string? section)
    {
        _path = path;
        _document = document;
        _root = document.RootElement;
        if (_root.ValueKind != JsonValueKind.Object) throw new WeightFileException(path, "is no configuration: an object was expected");
        if (section is not null && _root.TryGetProperty(section, out var nested)) _root = nested;
        if (_root.ValueKind != JsonValueKind.Object) throw new WeightFileException(path, $"has {section} = {_root}, but an object was expected");
    }

    private ConfigFields(string path, JsonElement root, string prefix) => (_path, _root, _prefix) = (path, root, prefix);

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="section">The object in it that holds the fields, where there is one of that name.</param>
    /// <exception cref="WeightFileException">There is no such file, or it is no JSON object.</exception>
    public static ConfigFields Open(string path, string? section = null) => new(path, JsonFile.Open(path), section);

    /// <summary>Whether there is a field and it is not null.</summary>
    public bool Has(string field) => _root.TryGetProperty(field, out var value) && value.ValueKind != JsonValueKind.Null;

    /// <summary>Whether there is a field and it is null.</summary>
    public bool IsNull(string field) => _root.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.Null;

    /// <summary>Whether there is a field and it is an object.</summary>
    public bool IsObject(string field) => Has(field) && Value(field).ValueKind == JsonValueKind.Object;

    /// <summary>Whether there is a field and it is a list of nothing.</summary>
    public bool IsEmptyList(string field) => Has(field) && Value(field) is { ValueKind: JsonValueKind.Array } list && list.GetArrayLength() == 0;

    /// <summary>The fields of an object in this one, which lives as long; null where it is missing or null.</summary>
    public ConfigFields? Object(string field) => !Has(field) ? null : Value(field) is { ValueKind: JsonValueKind.Object } value
        ? new ConfigFields(_path, value, $"{_prefix}{field}.")
        : throw Refusal(field, "an object");

    /// <summary>A list of texts; null where it is missing or null.</summary>
    public IReadOnlyList<string>? Texts(string field) => !Has(field) ? null : Value(field) is { ValueKind: JsonValueKind.Array } value && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String)
        ? [.. value.EnumerateArray().Select(item => Decoded(() => item.GetString()!))]
        : throw Refusal(field, "a list of texts");

    /// <summary>An object of texts that must be there, each name once.</summary>
    public IEnumerable<(string Name, string Text)> TextsByName(string field)
    {
        if (!_root.TryGetProperty(field, out var value) || value.ValueKind != JsonValueKind.Object || !value.EnumerateObject().All(member => member.Value.ValueKind == JsonValueKind.String)) throw Refusal(field, "an object of texts by name");
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in value.EnumerateObject())
        {
            var name = Decoded(() => member.Name);
            if (!names.Add(name)) throw new WeightFileException(_path, $"has '{name}' twice in {_prefix}{field}");
            yield return (name, Decoded(() => member.Value.GetString()!));
        }
    }

    /// <summary>A list of numbers that must be there.</summary>
    public IReadOnlyList<float> Numbers(string field) => _root.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Number)
        ? [.. value.EnumerateArray().Select(item => item.GetSingle())]
        : throw Refusal(field, "a list of numbers");

    /// <summary>A text that must be there.</summary>
    public string Text(string field) => Value(field) is { ValueKind: JsonValueKind.String } value ? Decoded(() => value.GetString()!) : throw Refusal(field, "a text");

    /// <summary>A whole number from 1 up to <paramref name="most"/> that must be there.</summary>
    public int Count(string field, int most) => Value(field) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out var count) && count >= 1 && count <= most
        ? count
        : throw Refusal(field, string.Create(CultureInfo.InvariantCulture, $"a whole number from 1 to {most}"));

    /// <summary>A whole number from 1 up to <paramref name="most"/>; <paramref name="missing"/> where it is not there.</summary>
    public int Count(string field, int most, int missing) => _root.TryGetProperty(field, out _) ? Count(field, most) : missing;

    /// <summary>A number within a range.</summary>
    /// <param name="field">Its name.</param>
    /// <param name="missing">What it is where it is not there.</param>
    /// <param name="lowest">The lowest that is allowed.</param>
    /// <param name="highest">The highest that is allowed.</param>
    public double Number(string field, double missing, double lowest, double highest)
    {
        if (!_root.TryGetProperty(field, out _)) return missing;
        return Value(field) is { ValueKind: JsonValueKind.Number } value && value.TryGetDouble(out var number) && number >= lowest && number <= highest
            ? number
            : throw Refusal(field, string.Create(CultureInfo.InvariantCulture, $"a number from {lowest} to {highest}"));
    }

    /// <summary>Token ids: one, a list of them, or none where it is missing or null.</summary>
    public IReadOnlyList<int> Ids(string field)
    {
        if (!Has(field)) return [];
        var value = Value(field);
        List<JsonElement> items = value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : [value];
        return [.. items.Select(item => item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out var id) && id >= 0 ? id : throw Refusal(field, "a token's id, or a list of them,"))];
    }

    /// <summary>A flag; false where it is not there.</summary>
    public bool Flag(string field) => Has(field) && Value(field).ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Refusal(field, "true or false"),
    };

    /// <summary>Refuses a field unless it is missing, null or one of the values that are implemented.</summary>
    public void RefuseUnless(string field, params ReadOnlySpan<string> implemented)
    {
        if (!Has(field) || implemented.Contains(Decoded(() => Value(field).ToString()))) return;
        throw new WeightFileException(_path, $"has {_prefix}{field} = {Value(field).GetRawText()}, which is not implemented (implemented: {(implemented.Length == 0 ? "null" : implemented[0])})");
    }

    /// <summary>Refuses a field unless it is missing, null or a number that is implemented.</summary>
    public void RefuseUnless(string field, double implemented)
    {
        if (Has(field) && Value(field) is { ValueKind: JsonValueKind.Number } value && value.TryGetDouble(out var number) && number.Equals(implemented)) return;
        RefuseUnless(field, implemented.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Refuses every field that is not among those that are implemented.</summary>
    public void RefuseOthersThan(params ReadOnlySpan<string> implemented)
    {
        foreach (var field in _root.EnumerateObject())
        {
            var name = Decoded(() => field.Name);
            if (!implemented.Contains(name)) RefuseUnless(name);
        }
    }

    /// <summary>What is thrown at a value that cannot be used.</summary>
    public WeightFileException Refusal(string field, string expected) =>
        new(_path, _root.TryGetProperty(field, out var value) ? $"has {_prefix}{field} = {value.GetRawText()}, but {expected} is needed" : $"has no {_prefix}{field}; {expected} is needed");

    private JsonElement Value(string field) => _root.TryGetProperty(field, out var value) ? value : throw Refusal(field, "a value");

    private string Decoded(Func<string> text)
    {
        try
        {
            return text();
        }
        catch (InvalidOperationException error)
        {
            throw new WeightFileException(_path, "holds half a surrogate pair, which is no text; get the file again from where it came", error);
        }
    }

    /// <inheritdoc />
    public void Dispose() => _document?.Dispose();
}

using System.Globalization;
using HealthGpt.Data;
using YamlDotNet.RepresentationModel;

namespace HealthGpt.Training.Jobs;

/// <summary>
/// One mapping of a YAML file, read key by key. Every wrong value becomes a problem instead of an exception and its default is used, so that the
/// rest of the file is checked too; <see cref="RefuseUnknownKeys"/> reports what nobody asked for.
/// </summary>
internal sealed class YamlSection(YamlMappingNode node, string path, List<string> problems)
{
    private readonly List<string> _known = [];

    public string Path { get; } = path;

    public List<string> Problems => problems;

    public bool Has(string key) => Find(key, remember: false) is not null;

    public void Problem(string key, string value, string rule) => problems.Add($"{Locate(key)}: '{value}' {rule}");

    /// <summary>A problem in words that quote the value themselves.</summary>
    public void Problem(string key, string problem) => problems.Add($"{Locate(key)}: {problem}");

    public void Missing(string key, string rule) => problems.Add($"line {node.Start.Line}: {Join(key)} is missing; {rule}");

    public string? Text(string key)
    {
        var value = Find(key);
        if (value is null) return null;
        if (value is YamlScalarNode { Value.Length: > 0 } scalar) return scalar.Value;
        Problem(key, Quote(value), "must be a text that is not empty");
        return null;
    }

    public string RequiredText(string key, string rule)
    {
        if (Has(key)) return Text(key) ?? "";
        _known.Add(key);
        Missing(key, rule);
        return "";
    }

    public int Whole(string key, int fallback, int least, int most = int.MaxValue) => Whole(key, (int?)fallback, least, most)!.Value;

    public int? Whole(string key, int? fallback, int least, int most = int.MaxValue)
    {
        var text = ScalarText(key);
        if (text is null) return fallback;
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most) return value;
        Problem(key, text, most == int.MaxValue ? $"must be a whole number of at least {least}" : $"must be a whole number from {least} to {most}");
        return fallback ?? least;
    }

    public ulong Unsigned(string key, ulong fallback)
    {
        var text = ScalarText(key);
        if (text is null) return fallback;
        if (ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)) return value;
        Problem(key, text, "must be a whole number from 0 to 18446744073709551615");
        return fallback;
    }

    public double? Number(string key, double? fallback, Func<double, bool> allowed, string rule)
    {
        var text = ScalarText(key);
        if (text is null) return fallback;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) && allowed(value)) return value;
        Problem(key, text, $"must be {rule}");
        return fallback;
    }

    public T Choice<T>(string key, T fallback, params (string Text, T Value)[] choices)
    {
        var text = ScalarText(key);
        if (text is null) return fallback;
        foreach (var choice in choices)
            if (choice.Text == text) return choice.Value;
        Problem(key, text, $"must be one of {string.Join(", ", choices.Select(choice => choice.Text))}");
        return fallback;
    }

    public YamlSection? Section(string key)
    {
        var value = Find(key);
        if (value is null) return null;
        if (value is YamlMappingNode mapping) return new YamlSection(mapping, Join(key), problems);
        Problem(key, Quote(value), "must be a section of keys");
        return null;
    }

    /// <summary>A section that was read before; null where it is none, which has been told then.</summary>
    public YamlSection? Inner(string key) => Find(key, remember: false) is YamlMappingNode mapping ? new YamlSection(mapping, Join(key), problems) : null;

    public IReadOnlyList<YamlSection> Sections(string key)
    {
        var value = Find(key);
        if (value is null) return [];
        if (value is not YamlSequenceNode sequence)
        {
            Problem(key, Quote(value), "must be a list");
            return [];
        }

        var sections = new List<YamlSection>();
        for (var index = 0; index < sequence.Children.Count; index++)
        {
            var item = $"{Join(key)}[{index}]";
            if (sequence.Children[index] is YamlMappingNode mapping) sections.Add(new YamlSection(mapping, item, problems));
            else problems.Add($"line {sequence.Children[index].Start.Line}: {item}: '{Quote(sequence.Children[index])}' must be a section of keys");
        }

        return sections;
    }

    public IReadOnlyList<string>? Texts(string key)
    {
        var value = Find(key);
        if (value is null) return null;
        if (value is YamlSequenceNode { Children.Count: > 0 } sequence && sequence.Children.All(child => child is YamlScalarNode { Value.Length: > 0 }))
            return [.. sequence.Children.Select(child => ((YamlScalarNode)child).Value!)];
        Problem(key, Quote(value), "must be a list of names that is not empty");
        return null;
    }

    /// <summary>All keys, where they are names and not settings.</summary>
    public IReadOnlyList<string> Names()
    {
        var names = node.Children.Keys.OfType<YamlScalarNode>().Select(key => key.Value ?? "").ToList();
        _known.AddRange(names);
        return names;
    }

    public bool IsScalar(string key) => Find(key, remember: false) is YamlScalarNode;

    public void RefuseUnknownKeys()
    {
        foreach (var (key, _) in node.Children)
        {
            var name = Quote(key);
            if (_known.Contains(name)) continue;
            var nearest = NearestName.Find(name, _known);
            var suggestion = nearest is null ? "" : $" did you mean '{nearest}'?";
            problems.Add($"line {key.Start.Line}: {Join(name)} is not a known key;{suggestion} Known keys here: {string.Join(", ", _known.Order(StringComparer.Ordinal))}");
        }
    }

    private string? ScalarText(string key)
    {
        var value = Find(key);
        if (value is null) return null;
        if (value is YamlScalarNode scalar) return scalar.Value ?? "";
        Problem(key, Quote(value), "must be a single value");
        return null;
    }

    private YamlNode? Find(string key, bool remember = true)
    {
        if (remember && !_known.Contains(key)) _known.Add(key);
        return node.Children.TryGetValue(new YamlScalarNode(key), out var value) ? value : null;
    }

    private string Locate(string key) => $"line {Find(key)?.Start.Line ?? node.Start.Line}: {Join(key)}";

    private string Join(string key) => Path.Length == 0 ? key : $"{Path}.{key}";

    private static string Quote(YamlNode value) => value switch
    {
        YamlScalarNode scalar => scalar.Value ?? "",
        YamlSequenceNode => "a list",
        _ => "a section",
    };
}

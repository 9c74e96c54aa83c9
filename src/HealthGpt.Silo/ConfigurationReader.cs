using System.Globalization;
using System.Text.RegularExpressions;
using HealthGpt.Data;
using HealthGpt.Storage.Files;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace HealthGpt.Silo;

/// <summary>Reads settings by dotted key and collects every problem; <see cref="Finish"/> throws them together.</summary>
internal sealed partial class ConfigurationReader
{
    private static readonly string[] KnownKeys =
        ["name", "cluster", "cluster.folder", "ports", "ports.silo", "ports.gateway", "devices", "cache", "threads", "log", "storage", "storage.connectionString"];

    private readonly Dictionary<string, YamlNode> _settings = [];
    private readonly List<ConfigurationProblem> _problems = [];
    private readonly string _path;

    public ConfigurationReader(string yaml, string path)
    {
        _path = path;
        if (RootOf(yaml) is { } root)
            Collect(root, "");
    }

    public void Refuse(string key, string? value, string rule) => _problems.Add(new(key, value, rule));

    public void Finish()
    {
        if (_problems.Count > 0)
            throw new SiloConfigurationException(_path, _problems);
    }

    public string Name(string key)
    {
        var name = Text(key);
        if (name.Length > 0 && !NamePattern().IsMatch(name))
            Refuse(key, name, "must be 1 to 63 letters, digits, '-', '_' or '.', beginning with a letter or digit");
        return name;
    }

    public string Text(string key, string? missing = null)
    {
        if (!_settings.TryGetValue(key, out var node))
        {
            if (missing is null)
                Refuse(key, null, "it has no default; add it");
            return missing ?? ".";
        }

        if (node is YamlScalarNode { Value.Length: > 0 } scalar)
            return scalar.Value;

        Refuse(key, node.ToString(), "must be a text that is not empty");
        return missing ?? ".";
    }

    public int Number(string key, int least, int most, int? missing = null)
    {
        if (!_settings.TryGetValue(key, out var node) && missing is { } value)
            return value;

        var rule = $"must be a whole number from {least} to {most}";
        if (node is null)
        {
            Refuse(key, null, rule);
            return 0;
        }

        var text = (node as YamlScalarNode)?.Value;
        if (int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
            return number;

        Refuse(key, text ?? node.ToString(), rule);
        return 0;
    }

    public IReadOnlyList<string> Devices(string key, IReadOnlyList<string> missing)
    {
        if (!_settings.TryGetValue(key, out var node))
            return missing;

        var devices = (node as YamlSequenceNode)?.Children.Select(child => (child as YamlScalarNode)?.Value ?? "").ToArray() ?? [];
        if (devices.Length == 0)
            Refuse(key, node.ToString(), "must be a list of at least one device, for example [cpu:0]");
        foreach (var device in devices.Where(device => !DevicePattern().IsMatch(device)))
            Refuse(key, device, "a device is written kind:index with kind cpu or cuda, for example cpu:0");
        foreach (var device in devices.GroupBy(device => device).Where(group => group.Count() > 1))
            Refuse(key, device.Key, "each device may be named once");
        return devices;
    }

    private YamlMappingNode? RootOf(string yaml)
    {
        try
        {
            var stream = YamlText.Parse(new StringReader(yaml));
            if (stream.Documents is [{ RootNode: YamlMappingNode root }])
                return root;
            Refuse("(file)", "", "must be one YAML document of keys and values");
        }
        catch (YamlException exception)
        {
            Refuse("(file)", $"line {exception.Start.Line}", $"must be YAML; {exception.InnerException?.Message ?? exception.Message}");
        }

        return null;
    }

    private void Collect(YamlMappingNode mapping, string prefix)
    {
        foreach (var (keyNode, value) in mapping.Children)
        {
            var key = prefix + ((keyNode as YamlScalarNode)?.Value ?? keyNode.ToString());
            var isGroup = KnownKeys.Any(known => known.StartsWith(key + ".", StringComparison.Ordinal));
            if (!KnownKeys.Contains(key))
                Refuse(key, value is YamlScalarNode scalar ? scalar.Value : value.ToString(), $"there is no such key; {NearestName.Suggest(key, KnownKeys)}");
            else if (isGroup && value is YamlMappingNode inner)
                Collect(inner, key + ".");
            else if (isGroup)
                Refuse(key, value.ToString(), $"must hold keys: {string.Join(", ", KnownKeys.Where(known => known.StartsWith(key + ".", StringComparison.Ordinal)))}");
            else
                _settings[key] = value;
        }
    }

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$")]
    private static partial Regex NamePattern();

    [GeneratedRegex("^(cpu|cuda):[0-9]{1,3}$")]
    private static partial Regex DevicePattern();
}

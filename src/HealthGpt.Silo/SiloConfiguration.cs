using System.Globalization;
using System.Text;

namespace HealthGpt.Silo;

/// <summary>One node of a cluster, as its configuration file describes it. Paths are absolute.</summary>
public sealed record SiloConfiguration
{
    /// <summary>The silo's name, unique in its cluster; letters, digits, '-', '_' and '.'.</summary>
    public required string Name { get; init; }

    /// <summary>The folder that all silos and clients of the cluster share.</summary>
    public required string ClusterFolder { get; init; }

    /// <summary>The loopback port on which other silos reach this one.</summary>
    public required int SiloPort { get; init; }

    /// <summary>The loopback port on which clients reach this silo.</summary>
    public required int GatewayPort { get; init; }

    /// <summary>What this silo lends to jobs and serving, each as kind:index, for example cpu:0.</summary>
    public required IReadOnlyList<string> Devices { get; init; }

    /// <summary>Where features and image tokens are cached, shared between silos of one machine.</summary>
    public required string CacheFolder { get; init; }

    /// <summary>Threads of one device when it serves; a training job sets its own.</summary>
    public required int Threads { get; init; }

    /// <summary>The file this silo logs to.</summary>
    public required string LogFile { get; init; }

    /// <summary>A connection string to Azure Blob Storage with a key or a signature, before that of the environment; null to take the environment's.</summary>
    public string? StorageConnectionString { get; init; }

    /// <summary>Reads a configuration file; relative paths in it are relative to its folder.</summary>
    /// <exception cref="SiloConfigurationException">The file is missing or wrong; all its problems are listed.</exception>
    public static SiloConfiguration Load(string path)
    {
        var full = Path.GetFullPath(path);
        if (!File.Exists(full))
            throw new SiloConfigurationException(full, [new("--config", path, "there is no such file; write one with name, cluster.folder and ports")]);

        return Parse(File.ReadAllText(full), full);
    }

    /// <summary>Reads a configuration from text; <paramref name="path"/> names it in messages and anchors relative paths.</summary>
    /// <exception cref="SiloConfigurationException">The text is wrong; all its problems are listed.</exception>
    public static SiloConfiguration Parse(string yaml, string path)
    {
        var reader = new ConfigurationReader(yaml, path);
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var name = reader.Name("name");
        var configuration = new SiloConfiguration
        {
            Name = name,
            ClusterFolder = Path.GetFullPath(reader.Text("cluster.folder"), folder),
            SiloPort = reader.Number("ports.silo", 1, 65535),
            GatewayPort = reader.Number("ports.gateway", 1, 65535),
            Devices = reader.Devices("devices", ["cpu:0"]),
            CacheFolder = Path.GetFullPath(reader.Text("cache", "cache"), folder),
            Threads = reader.Number("threads", 1, 1024, 1),
            LogFile = Path.GetFullPath(reader.Text("log", $"{name}.log"), folder),
            StorageConnectionString = reader.Text("storage.connectionString", "") is { Length: > 0 } text ? text : null,
        };
        if (configuration.SiloPort == configuration.GatewayPort && configuration.SiloPort != 0)
            reader.Refuse("ports.gateway", configuration.GatewayPort.ToString(CultureInfo.InvariantCulture), "must differ from ports.silo");

        reader.Finish();
        return configuration;
    }

    /// <summary>Writes the configuration in the form that <see cref="Parse"/> reads.</summary>
    public string ToYaml()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"name: {Name}\n");
        text.Append(CultureInfo.InvariantCulture, $"cluster: {{ folder: {Quote(ClusterFolder)} }}\n");
        text.Append(CultureInfo.InvariantCulture, $"ports: {{ silo: {SiloPort}, gateway: {GatewayPort} }}\n");
        text.Append(CultureInfo.InvariantCulture, $"devices: [{string.Join(", ", Devices.Select(Quote))}]\n");
        text.Append(CultureInfo.InvariantCulture, $"cache: {Quote(CacheFolder)}\n");
        text.Append(CultureInfo.InvariantCulture, $"threads: {Threads}\n");
        text.Append(CultureInfo.InvariantCulture, $"log: {Quote(LogFile)}\n");
        if (StorageConnectionString is not null) text.Append(CultureInfo.InvariantCulture, $"storage: {{ connectionString: {Quote(StorageConnectionString)} }}\n");
        return text.ToString();
    }

    /// <summary>The silo's name; not all there is, because a key may be among it.</summary>
    public override string ToString() => Name;

    private static string Quote(string value) => "'" + value.Replace("'", "''", StringComparison.Ordinal) + "'";
}

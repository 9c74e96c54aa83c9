namespace HealthGpt.Silo;

/// <summary>A silo's configuration file is wrong.</summary>
public sealed class SiloConfigurationException(string path, IReadOnlyList<ConfigurationProblem> problems)
    : Exception($"{path}: {string.Join("; ", problems)}")
{
    /// <summary>The file.</summary>
    public string FilePath => path;

    /// <summary>Everything that is wrong with it.</summary>
    public IReadOnlyList<ConfigurationProblem> Problems => problems;
}

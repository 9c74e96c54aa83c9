namespace HealthGpt.Silo;

/// <summary>One thing wrong with a configuration file.</summary>
/// <param name="Key">The setting, dotted, for example ports.silo.</param>
/// <param name="Value">What the file says, or null where it says nothing.</param>
/// <param name="Rule">What is needed instead.</param>
public sealed record ConfigurationProblem(string Key, string? Value, string Rule)
{
    /// <inheritdoc />
    public override string ToString() => Value is null ? $"'{Key}' is missing: {Rule}" : $"'{Key}' is '{Value}': {Rule}";
}

namespace HealthGpt.Cli.Tests;

/// <summary>Output that does something once a line begins with a text.</summary>
internal sealed class LineHook(string beginning, Action act) : StringWriter
{
    public override void WriteLine(string? value)
    {
        base.WriteLine(value);
        if (value?.StartsWith(beginning, StringComparison.Ordinal) == true)
            act();
    }
}

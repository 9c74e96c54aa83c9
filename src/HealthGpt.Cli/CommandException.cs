namespace HealthGpt.Cli;

/// <summary>A verb cannot go on: what happened, why, and what to do.</summary>
public sealed class CommandException(int exitCode, string what, string why, string remedy, Exception? inner = null) : Exception($"{what}; {why}; {remedy}", inner)
{
    /// <summary>One of <see cref="ExitCodes"/>.</summary>
    public int ExitCode => exitCode;

    /// <summary>More lines for the reader, for example the tail of a log.</summary>
    public IReadOnlyList<string> Details { get; init; } = [];
}

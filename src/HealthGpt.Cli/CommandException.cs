namespace HealthGpt.Cli;

/// <summary>A verb cannot go on: what happened, why, and what to do.</summary>
public sealed class CommandException(int exitCode, string what, string why, string remedy, Exception? inner = null) : Exception($"{what}; {why}; {remedy}", inner)
{
    /// <summary>What was asked for cannot be done.</summary>
    /// <param name="what">The argument, as it was given.</param>
    /// <param name="why">What is wrong with it.</param>
    /// <param name="remedy">What to give instead.</param>
    /// <param name="inner">What was thrown, if anything.</param>
    public static CommandException OfArguments(string what, string why, string remedy, Exception? inner = null) => new(ExitCodes.WrongArguments, what, why, remedy, inner);

    /// <summary>One of <see cref="ExitCodes"/>.</summary>
    public int ExitCode => exitCode;

    /// <summary>More lines for the reader, for example the tail of a log.</summary>
    public IReadOnlyList<string> Details { get; init; } = [];
}

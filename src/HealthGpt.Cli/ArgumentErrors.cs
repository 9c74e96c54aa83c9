using System.CommandLine;
using System.CommandLine.Parsing;
using HealthGpt.Data;

namespace HealthGpt.Cli;

/// <summary>Says what is wrong with a command line.</summary>
internal static class ArgumentErrors
{
    public static int Write(ParseResult parsed, TextWriter error)
    {
        var command = parsed.CommandResult.Command;
        var path = string.Join(' ', UsageLine.Path(parsed.CommandResult));
        foreach (var line in Lines(parsed, command, path))
            error.WriteLine($"error: {line}; see '{path} --help'");
        error.WriteLine(UsageLine.For(parsed.CommandResult));
        return ExitCodes.WrongArguments;
    }

    /// <summary>The option or argument that is given but empty or blank, as a shell variable that is not set makes it; null if there is none. Texts for a model may be empty.</summary>
    public static string? FindEmpty(CommandResult command) => command.Children
        .Where(child => child is ArgumentResult || (child is OptionResult { Option.Name: not "--question" and not "--answer" }))
        .Where(child => child.Tokens.Any(token => string.IsNullOrWhiteSpace(token.Value)))
        .Select(child => child is OptionResult option ? option.Option.Name : ((ArgumentResult)child).Argument.HelpName ?? ((ArgumentResult)child).Argument.Name)
        .FirstOrDefault();

    /// <summary>Says that it is empty.</summary>
    public static int WriteEmpty(string name, ParseResult parsed, TextWriter error)
    {
        error.WriteLine($"error: {name} is ''; it must not be empty; is a variable of the shell not set?");
        error.WriteLine(UsageLine.For(parsed.CommandResult));
        return ExitCodes.WrongArguments;
    }

    private static IEnumerable<string> Lines(ParseResult parsed, Command command, string path)
    {
        if (parsed.UnmatchedTokens is [var unknown, ..])
            return [Unknown(unknown, command, path)];

        if (command.Subcommands.Count > 0)
            return [$"'{path}' needs a verb; one of {Verbs(command)}"];

        return parsed.Errors.Select(problem => Text(problem, path));
    }

    private static string Unknown(string token, Command command, string path)
    {
        var isOption = token.StartsWith('-');
        if (!isOption && command.Subcommands.Count == 0)
        {
            var places = command.Arguments.Select(argument => argument.HelpName ?? argument.Name).DefaultIfEmpty("no argument");
            return $"'{path}' has no place for '{token}'; it takes {string.Join(' ', places)}";
        }

        var known = isOption ? Options(command) : command.Subcommands.Where(verb => !verb.Hidden).Select(verb => verb.Name).ToArray();
        var kind = isOption ? "option" : "verb";
        var nearest = NearestName.Find(token, known) is { } word ? $"did you mean '{word}'?" : $"it takes {(known.Length == 0 ? "none" : string.Join(", ", known))}";
        return $"'{path}' has no {kind} '{token}'; {nearest}";
    }

    private static string[] Options(Command command) =>
        [.. command.Options.Where(option => !option.Hidden).Select(option => option.Name), HealthGptCommand.Json.Name, HealthGptCommand.Quiet.Name];

    private static string Verbs(Command command) => string.Join(", ", command.Subcommands.Where(verb => !verb.Hidden).Select(verb => verb.Name));

    private static string Text(ParseError problem, string path)
    {
        var message = problem.Message.TrimEnd('.');
        return problem.SymbolResult switch
        {
            OptionResult { Option: var option } when !message.Contains(option.Name, StringComparison.Ordinal) => $"{option.Name}: {message}",
            OptionResult or CommandResult or ArgumentResult => message,
            _ => $"'{path}': {message}",
        };
    }
}

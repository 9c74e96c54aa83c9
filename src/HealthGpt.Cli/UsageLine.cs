using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;

namespace HealthGpt.Cli;

/// <summary>The one line that shows how a verb is called.</summary>
internal static class UsageLine
{
    public static string For(CommandResult result)
    {
        var words = Path(result).ToList();
        var command = result.Command;
        if (command.Subcommands.Count > 0)
            words.Add(string.Join('|', command.Subcommands.Where(verb => !verb.Hidden).Select(verb => verb.Name)));
        words.AddRange(command.Arguments.Select(argument => argument.HelpName ?? argument.Name.ToUpperInvariant()));
        words.AddRange(command.Options.Where(option => !option.Hidden && option is not HelpOption and not VersionOption).Select(Form));
        // The command itself has these two among its options, its verbs inherit them.
        if (command is not RootCommand) words.Add("[--json] [--quiet]");
        return "usage: " + string.Join(' ', words);
    }

    /// <summary>The command's words, for example healthgpt train submit.</summary>
    public static IEnumerable<string> Path(CommandResult result)
    {
        var words = new Stack<string>();
        for (SymbolResult? at = result; at is CommandResult command; at = command.Parent)
            words.Push(command.Command is RootCommand ? "healthgpt" : command.Command.Name);
        return words;
    }

    private static string Form(Option option)
    {
        var form = option.ValueType == typeof(bool) ? option.Name : $"{option.Name} {option.HelpName ?? "VALUE"}";
        if (option.Arity.MaximumNumberOfValues > 1)
            form += " ...";
        return option.Required ? form : $"[{form}]";
    }
}

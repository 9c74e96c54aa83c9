using System.CommandLine;
using System.CommandLine.Parsing;

namespace HealthGpt.Cli.Commands;

/// <summary>Options that take one of a few words.</summary>
internal static class Choice
{
    /// <summary>An option of these words.</summary>
    public static Option<T> Option<T>(string name, string description, params (string Word, T Value)[] choices) => new(name)
    {
        Description = $"{description}: {string.Join(", ", choices.Select(choice => choice.Word))}.",
        HelpName = string.Join('|', choices.Select(choice => choice.Word)),
        CustomParser = result => Parse(result, choices),
    };

    private static T? Parse<T>(ArgumentResult result, (string Word, T Value)[] choices)
    {
        var text = result.Tokens[0].Value;
        foreach (var (word, value) in choices)
            if (string.Equals(word, text, StringComparison.OrdinalIgnoreCase)) return value;

        var option = ((OptionResult)result.Parent!).Option.Name;
        result.AddError($"{option} is '{text}'; it must be one of {string.Join(", ", choices.Select(choice => choice.Word))}");
        return default;
    }
}

using System.CommandLine.Parsing;
using System.Globalization;

namespace HealthGpt.Cli.Commands;

/// <summary>Options that take a whole number within bounds.</summary>
internal static class WholeNumber
{
    public static int Parse(ArgumentResult result, int least, int most)
    {
        var text = result.Tokens[0].Value;
        if (int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
            return number;

        var option = ((OptionResult)result.Parent!).Option.Name;
        result.AddError($"{option} is '{text}'; it must be a whole number from {least} to {most}");
        return 0;
    }
}

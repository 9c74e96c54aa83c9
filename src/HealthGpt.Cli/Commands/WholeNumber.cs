using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace HealthGpt.Cli.Commands;

/// <summary>Options that take a whole number within bounds.</summary>
internal static class WholeNumber
{
    public static T Parse<T>(ArgumentResult result, T least, T most)
        where T : IBinaryInteger<T>
    {
        var text = result.Tokens[0].Value;
        if (T.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
            return number;

        var option = ((OptionResult)result.Parent!).Option.Name;
        result.AddError($"{option} is '{text}'; it must be a whole number from {least} to {most}");
        return T.Zero;
    }
}

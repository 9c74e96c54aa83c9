using System.CommandLine;
using System.CommandLine.Parsing;
using HealthGpt.Cli.Terminal;
using HealthGpt.Data;
using HealthGpt.Data.Conversion.Imports;

namespace HealthGpt.Cli.Commands;

/// <summary>The options of healthgpt data convert that make a dataset of a published one.</summary>
internal static class DataImportOptions
{
    private static readonly string[] Languages = ["en", "zh", "all"];

    public static Option<ImportForm?> Form { get; } = new("--import")
    {
        Description = $"SOURCE is the folder of a published dataset: {string.Join(", ", ImportForm.All.Select(form => form.Name))}.",
        HelpName = "FORM",
        CustomParser = ParseForm,
    };

    public static Option<string?> Images { get; } = new("--images")
    {
        Description = "With --import: the folder that pictures are relative to (the form's own).",
        HelpName = "DIR",
    };

    public static Option<string?> Language { get; } = new("--language")
    {
        Description = "With --import slake: en, zh or all (en).",
        HelpName = "L",
        CustomParser = ParseLanguage,
    };

    public static Option<bool> SkipBad { get; } = new("--skip-bad") { Description = "With --import: leave bad samples out, counted." };

    /// <summary>Options that need <see cref="Form"/>.</summary>
    public static IReadOnlyList<Option> Needing { get; } = [Images, Language, SkipBad];

    /// <summary>Imports the dataset.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="options">What it says but for the options of this class.</param>
    /// <param name="output">Where bad samples and what was made are told.</param>
    /// <param name="cancellationToken">Stops the import.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(ParseResult parsed, ImportOptions options, CommandOutput output, CancellationToken cancellationToken)
    {
        if (parsed.GetValue(Language) is { } language)
        {
            if (options.Form != ImportForm.Slake)
                throw new CommandException(ExitCodes.WrongArguments, "--language is given", $"{options.Form.Name} has one language", "leave it out");
            options = options with { Language = language };
        }

        options = options with { Images = parsed.GetValue(Images), SkipBad = parsed.GetValue(SkipBad) };
        var result = await DatasetImport.RunAsync(options, problem => output.Result(problem.ToString(), problem), cancellationToken);
        output.Result(Summary(result), result);
        return result.Folder is null ? ExitCodes.WrongFile : ExitCodes.Done;
    }

    private static string Summary(ImportResult result)
    {
        var samples = result.Train + result.Validation + result.Test;
        if (result.Folder is null)
            return $"{samples + result.Bad} samples, {result.Bad} bad; nothing was made; correct them, or leave them out with --skip-bad";
        var text = $"made {result.Folder} with {samples} samples ({result.Train} train, {result.Validation} validation, {result.Test} test), {result.Closed} closed";
        if (result.Pictures > 0)
            text += $", and {result.Pictures} pictures";
        if (result.OtherLanguage > 0)
            text += $"; {result.OtherLanguage} in another language left out";
        if (result.Bad > 0)
            text += $"; {result.Bad} bad left out";
        if (result.PassedOver.Count > 0)
            text += $"; {result.PassedOver.Count} files passed over, JSON without samples or parquet, such as {result.PassedOver[0]}";
        return text;
    }

    private static ImportForm? ParseForm(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (ImportForm.All.FirstOrDefault(form => form.Name == text) is { } form)
            return form;
        result.AddError($"--import is '{text}'; {NearestName.Suggest(text, [.. ImportForm.All.Select(form => form.Name)])}");
        return null;
    }

    private static string? ParseLanguage(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (Languages.Contains(text))
            return text;
        result.AddError($"--language is '{text}'; it must be en, zh or all");
        return null;
    }
}

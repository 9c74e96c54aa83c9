using System.CommandLine;
using HealthGpt.Cli.Terminal;
using HealthGpt.Data.Samples;

namespace HealthGpt.Cli.Commands;

/// <summary>healthgpt data check: every sample that cannot be used, by file, line and reason.</summary>
internal static class DataCheckCommand
{
    public static Command Create()
    {
        var dataset = DatasetArgument.Create();
        var threads = new Option<int>("--threads")
        {
            Description = "Threads that decode pictures (one a processor).",
            HelpName = "N",
            DefaultValueFactory = _ => Environment.ProcessorCount,
            CustomParser = result => WholeNumber.Parse(result, 1, 1024),
        };
        var sample = new Option<int?>("--sample")
        {
            Description = "Check nothing; say where the sample stands that logs and job states call by this number.",
            HelpName = "NUMBER",
            CustomParser = result => WholeNumber.Parse(result, 1, int.MaxValue),
        };
        var command = new Command("check", "Read every sample of a dataset, decode every picture, and list what is wrong.") { dataset, threads, sample };
        command.SetAction((parsed, cancellationToken) => Task.Run(
            () => parsed.GetValue(sample) is { } number
                ? Locate(parsed.GetValue(dataset)!, number, HealthGptCommand.OutputOf(parsed), cancellationToken)
                : Run(parsed.GetValue(dataset)!, parsed.GetValue(threads), HealthGptCommand.OutputOf(parsed), cancellationToken),
            cancellationToken));
        return command;
    }

    private static int Locate(string dataset, int number, CommandOutput output, CancellationToken cancellationToken)
    {
        // A number may be that of a bad sample.
        var opened = Dataset.Load(dataset, SampleCache.Default, BadLines.Kept, cancellationToken);
        if (number > opened.Samples.Count) throw new DatasetException(dataset, [$"sample {number} was asked for, but it has {opened.Samples.Count} samples"]);
        var place = opened.PlaceOf(number - 1);
        output.Result(place, new { Sample = number, Source = place });
        return ExitCodes.Done;
    }

    private static int Run(string dataset, int threads, CommandOutput output, CancellationToken cancellationToken)
    {
        var result = DatasetCheck.Run(dataset, problem => output.Result(problem.ToString(), problem), threads, cancellationToken);
        output.Result(Summary(result, output.Quiet), new { result.Samples, result.Bad, result.FileProblems, result.Sources });
        return result.Good ? ExitCodes.Done : ExitCodes.WrongFile;
    }

    private static string Summary(DatasetCheckResult result, bool brief)
    {
        var total = $"{result.Samples} samples, {result.Bad} bad" + (result.FileProblems == 0 ? "" : $"; {result.FileProblems} problems of whole files");
        var sources = result.Sources.Select(source => $"{source.File} ({source.Task}): {source.Samples} samples, {source.Bad} bad, {source.Pictures} pictures");
        return brief ? total : string.Join(Environment.NewLine, sources.Append(total));
    }
}

using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text;
using HealthGpt.Cli.Pictures;
using HealthGpt.Cli.Terminal;
using HealthGpt.Data.Samples;
using HealthGpt.Data.Samples.Statistics;

namespace HealthGpt.Cli.Commands;

/// <summary>healthgpt data stats: the figures of a dataset by task and split.</summary>
internal static class DataStatsCommand
{
    public static Command Create()
    {
        var dataset = DatasetArgument.Create();
        var picture = new Option<string?>("--out") { Description = "Draw the figures into this file too, whose name ends in .png.", HelpName = "FILE", CustomParser = ParsePicture };
        var command = new Command("stats", "Count a dataset's samples, turns, lengths and picture sizes by task and split.") { dataset, picture };
        command.SetAction((parsed, cancellationToken) =>
            Task.Run(() => Run(parsed.GetValue(dataset)!, parsed.GetValue(picture), HealthGptCommand.OutputOf(parsed), cancellationToken), cancellationToken));
        return command;
    }

    // What is named by mistake may be the dataset itself.
    private static string? ParsePicture(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (Path.GetExtension(text).Equals(".png", StringComparison.OrdinalIgnoreCase))
            return text;
        result.AddError($"--out is '{text}'; the figures are drawn as PNG, so its name must end in .png");
        return null;
    }

    private static int Run(string dataset, string? picture, CommandOutput output, CancellationToken cancellationToken)
    {
        var statistics = DatasetStatistics.Of(dataset, cancellationToken);
        if (picture is not null)
            DatasetChart.Write(picture, statistics, Dataset.NameOf(dataset));
        if (statistics.Bad > 0)
            output.Error.WriteLine($"warning: {statistics.Bad} samples cannot be read and are left out; healthgpt data check names them");
        if (statistics.WithoutSize > 0)
            output.Error.WriteLine($"warning: {statistics.WithoutSize} samples count although a picture of theirs cannot be read; healthgpt data check names them");
        output.Result(Table(statistics), new { statistics.Groups, statistics.Bad, statistics.WithoutSize, picture });
        return ExitCodes.Done;
    }

    private static string Table(DatasetStatistics statistics)
    {
        var text = new StringBuilder();
        var width = statistics.Groups.Select(group => group.Task.Length).DefaultIfEmpty(0).Append(4).Max();
        text.AppendLine(CultureInfo.InvariantCulture, $"{"task".PadRight(width)}  split       samples  turns  question words  answer words    pictures  width            height");
        foreach (var group in statistics.Groups)
        {
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"{group.Task.PadRight(width)}  {group.Split,-10}  {group.Samples,7}  {group.Turns.Mean,5:0.00}  {Lengths(group.QuestionWords),-14}  {Lengths(group.AnswerWords),-14}  {group.Images.Mean,8:0.00}  {Range(group.Widths),-15}  {Range(group.Heights)}");
        }

        text.Append("turns and pictures: mean; words: median, 95th percentile, most; width and height in pixels: least, median, most");
        return text.ToString();
    }

    private static string Lengths(LengthHistogram lengths) => lengths.Count == 0 ? "-" : $"{lengths.Median} {lengths.Percentile95} {lengths.Most}";

    private static string Range(LengthHistogram lengths) => lengths.Count == 0 ? "-" : $"{lengths.Least} {lengths.Median} {lengths.Most}";
}

using System.Globalization;
using System.Text;
using HealthGpt.Cli.Evaluation.Results;

namespace HealthGpt.Cli.Evaluation;

/// <summary>An evaluation's last words: the figures of all samples, and where everything lies.</summary>
internal static class EvaluationSummary
{
    public static string Of(EvaluationReport report, string folder)
    {
        var text = new StringBuilder();
        var all = report.Groups[0];
        foreach (var metric in all.Metrics)
        {
            Line(text, $"\n{metric.Title} ({metric.Samples} samples)");
            foreach (var figure in metric.Plugins.Concat(metric.References))
                Line(text, $"  {SystemNames.Of(figure.Of, all.ConstantAnswer),-48} {figure.Estimate,9:0.0000}  [{figure.Low:0.0000}, {figure.High:0.0000}]");
            if (metric.DifferenceOf("b", "a") is { } difference)
                Line(text, $"  {"b minus a, paired",-48} {difference.Estimate,9:+0.0000;-0.0000;0.0000}  [{difference.Low:0.0000}, {difference.High:0.0000}]{Counts(difference)}");
        }

        Line(text, $"\nIntervals hold {report.Settings.Confidence:0%} of {report.Settings.Resamples} draws of the samples. Took {report.Seconds["total"]:0} s.");
        Line(text, $"{report.Note}");
        Line(text, $"Written to {folder}: metrics.json, answers.jsonl, report.html{(report.Settings.Resolution is null ? "" : ", drawn/")}");
        return text.ToString().TrimEnd();
    }

    private static string Counts(PairedDifference difference) => difference.Better is null ? "" : $"  better on {difference.Better}, worse on {difference.Worse}";

    private static void Line(StringBuilder text, FormattableString line) => text.AppendLine(line.ToString(CultureInfo.InvariantCulture));
}

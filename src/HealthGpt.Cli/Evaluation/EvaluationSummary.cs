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
                Line(text, $"  {SystemNames.Of(figure.Of, all.ConstantAnswerOf(metric)),-48} {figure.Estimate,9:0.0000}{Brackets(figure.Low, figure.High)}");
            if (metric.DifferenceOf("b", "a") is { } difference)
                Line(text, $"  {"b minus a, paired",-48} {difference.Estimate,9:+0.0000;-0.0000;0.0000}{Brackets(difference.Low, difference.High)}{Counts(difference)}");
        }

        Line(text, $"\n{Intervals(report)} Took {report.Seconds["total"]:0} s.");
        Line(text, $"{report.Note}");
        Line(text, $"Written to {folder}: metrics.json, answers.jsonl, report.html{(report.Settings.Resolution is null ? "" : ", drawn/")}");
        return text.ToString().TrimEnd();
    }

    private static string Intervals(EvaluationReport report)
    {
        var text = FormattableString.Invariant($"Intervals hold {report.Settings.Confidence:0%} of {report.Settings.Resamples} draws of {report.Clusters} patients or pictures.");
        return report.Clusters == 1 ? report.Caution! : report.Caution is { } caution ? $"{text} {caution}" : text;
    }

    private static string Brackets(double? low, double? high) =>
        low is null || high is null ? "  [no interval]" : FormattableString.Invariant($"  [{low:0.0000}, {high:0.0000}]");

    private static string Counts(PairedDifference difference) => difference.Better is null ? "" : $"  better on {difference.Better}, worse on {difference.Worse}";

    private static void Line(StringBuilder text, FormattableString line) => text.AppendLine(line.ToString(CultureInfo.InvariantCulture));
}

using System.Globalization;
using HealthGpt.Cli.Evaluation.Results;

namespace HealthGpt.Cli.Evaluation.Pages;

/// <summary>The table of all metrics: for each the plugins and what they are held against, with intervals, and the paired differences.</summary>
internal static class FigureTable
{
    public static void Write(TextWriter page, GroupFigures all)
    {
        if (all.Metrics.Count == 0)
            return;
        var labels = all.Metrics[0].Plugins.Select(plugin => plugin.Of).ToList();
        var lone = labels.Count == 1;
        page.WriteLine("<div class=\"wide\"><table class=\"figures\">");
        page.Write("<thead><tr><th>system</th><th class=\"plotted\">estimate and interval</th><th class=\"number\">estimate</th>");
        foreach (var label in labels)
            page.Write($"<th class=\"number\">{(lone ? "plugin" : label)} minus this</th>");
        page.WriteLine("</tr></thead>");
        foreach (var metric in all.Metrics)
            WriteMetric(page, metric, labels, all.ConstantAnswerOf(metric));
        page.WriteLine("</table></div>");
    }

    /// <summary>An estimate with its interval.</summary>
    public static string Interval(SystemFigure figure) => $"<b>{Html.Number(figure.Estimate)}</b>{Brackets(figure.Low, figure.High, Html.Number)}";

    /// <summary>A difference with its interval; coloured where it is hardly chance.</summary>
    public static string Difference(PairedDifference difference, bool higherIsBetter)
    {
        var certain = difference.Low > 0 || difference.High < 0;
        var tone = !certain ? "even" : difference.Estimate > 0 == higherIsBetter ? "better" : "worse";
        var counts = difference.Better is null ? "" : string.Create(CultureInfo.InvariantCulture, $" title=\"better on {difference.Better} samples, worse on {difference.Worse}\"");
        return $"<span class=\"{tone}\"{counts}>{Html.Signed(difference.Estimate)}</span>{Brackets(difference.Low, difference.High, Html.Signed)}";
    }

    private static string Brackets(double? low, double? high, Func<double, string> form) =>
        low is { } from && high is { } to ? $" <small>[{form(from)}, {form(to)}]</small>" : " <small>no interval</small>";

    private static void WriteMetric(TextWriter page, MetricFigures metric, List<string> labels, string? constantAnswer)
    {
        var plot = IntervalPlot.Of(metric);
        page.Write($"<tbody><tr class=\"metric\"><th>{Html.Text(metric.Title)} <small>{Html.Count(metric.Samples)} samples</small></th>");
        page.WriteLine($"<td class=\"ends\"><span>{plot.End(plot.From)}</span><span>{plot.End(plot.To)}</span></td><td colspan=\"{1 + labels.Count}\"></td></tr>");
        foreach (var figure in metric.Plugins.Concat(metric.References))
        {
            var name = labels.Count == 1 && labels.Contains(figure.Of) ? "the plugin" : SystemNames.Of(figure.Of, constantAnswer);
            page.Write($"<tr class=\"{(labels.Contains(figure.Of) ? $"plugin {figure.Of}" : "reference")}\"><th>{Html.Text(name)}</th>");
            page.Write($"<td class=\"plotted\">{plot.Draw(figure)}</td><td class=\"number\">{Interval(figure)}</td>");
            foreach (var label in labels)
                page.Write($"<td class=\"number\">{(metric.DifferenceOf(label, figure.Of) is { } difference ? Difference(difference, metric.HigherIsBetter) : "")}</td>");
            page.WriteLine("</tr>");
        }

        if (metric.DifferenceOf("b", "a") is { Better: { } better, Worse: { } worse })
        {
            var counts = $"better on {Html.Count(better)}, worse on {Html.Count(worse)}, even on {Html.Count(metric.Samples - better - worse)} samples";
            page.WriteLine($"<tr class=\"counts\"><td colspan=\"{3 + labels.Count}\">plugin b against a: {counts}</td></tr>");
        }

        page.WriteLine("</tbody>");
    }
}

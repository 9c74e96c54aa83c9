using HealthGpt.Cli.Evaluation.Results;
using HealthGpt.Cli.Evaluation.Scores;

namespace HealthGpt.Cli.Evaluation.Pages;

/// <summary>The main metrics by kind of question.</summary>
internal static class KindTable
{
    private static readonly string[] Main = [TextScore.ClosedAccuracy, "tokenF1", "ssim"];

    public static void Write(TextWriter page, IReadOnlyList<GroupFigures> groups)
    {
        var kinds = groups.Skip(1).ToList();
        foreach (var metric in groups[0].Metrics.Where(metric => kinds.Count > 0 && Main.Contains(metric.Metric)))
            Write(page, metric, kinds);
    }

    private static void Write(TextWriter page, MetricFigures all, IReadOnlyList<GroupFigures> kinds)
    {
        page.WriteLine($"<h3>{Html.Text(all.Title)} by kind</h3><div class=\"wide\"><table class=\"kinds\"><thead><tr><th>kind</th><th class=\"number\">samples</th>");
        foreach (var plugin in all.Plugins)
            page.Write($"<th class=\"number\">{(all.Plugins.Count == 1 ? "the plugin" : Html.Text(SystemNames.Of(plugin.Of)))}</th>");
        if (all.Plugins.Count > 1)
            page.Write("<th class=\"number\">b minus a</th>");
        foreach (var reference in all.References)
            page.Write($"<th class=\"number\">{Html.Text(SystemNames.Of(reference.Of))}</th>");
        page.WriteLine("</tr></thead><tbody>");
        foreach (var kind in kinds)
        {
            if (kind.Metrics.FirstOrDefault(metric => metric.Metric == all.Metric) is { } metric)
                WriteRow(page, kind, metric);
        }

        page.WriteLine("</tbody></table></div>");
    }

    private static void WriteRow(TextWriter page, GroupFigures kind, MetricFigures metric)
    {
        page.Write($"<tr><th>{Html.Text(kind.Group)}</th><td class=\"number\">{Html.Count(metric.Samples)}</td>");
        foreach (var plugin in metric.Plugins)
            page.Write($"<td class=\"number\">{FigureTable.Interval(plugin)}</td>");
        if (metric.DifferenceOf("b", "a") is { } difference)
            page.Write($"<td class=\"number\">{FigureTable.Difference(difference, metric.HigherIsBetter)}</td>");
        foreach (var reference in metric.References)
        {
            var said = reference.Of == "constantAnswer" && kind.ConstantAnswerOf(metric) is { } answer ? $" <small>“{Html.Text(answer)}”</small>" : "";
            page.Write($"<td class=\"number reference\">{Html.Number(reference.Estimate)}{said}</td>");
        }

        page.WriteLine("</tr>");
    }
}

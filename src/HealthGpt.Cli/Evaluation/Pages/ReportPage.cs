using HealthGpt.Cli.Evaluation.Results;
using HealthGpt.Data.Samples;

namespace HealthGpt.Cli.Evaluation.Pages;

/// <summary>report.html: one page that needs nothing else, neither files nor scripts nor a network.</summary>
internal static class ReportPage
{
    /// <summary>So many samples are shown.</summary>
    public const int MostCases = 100;

    private const string Style = "HealthGpt.Cli.Evaluation.Pages.report.css";

    public static void Write(TextWriter page, EvaluationReport report, ITaskEvaluation task, CancellationToken cancellationToken)
    {
        var plugins = report.Plugins.Count == 1 ? "A plugin" : "Two plugins";
        page.WriteLine($"""
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8" />
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'" />
            <meta name="viewport" content="width=device-width, initial-scale=1" /><meta name="referrer" content="no-referrer" /><meta name="color-scheme" content="light dark" />
            <title>{Html.Text(report.Task)}: evaluation</title><style>
            {StyleSheet()}</style></head><body><main>
            <header class="title"><p class="what">Evaluation</p><h1>{Html.Text(report.Task)}</h1>
            <p>{plugins} of {Html.Text(report.Model.Name)} by {Html.Count(report.Dataset.Asked)} questions of {Html.Count(report.Dataset.Samples)} {report.Split} samples</p>
            <p class="notice">{Html.Text(report.Note)}</p></header>
            <section><h2>Metrics</h2>
            """);
        FigureTable.Write(page, report.Groups[0]);
        page.WriteLine($"<p class=\"aside\">{Html.Text(Reading(report))}</p>");
        KindTable.Write(page, report.Groups);
        page.WriteLine("</section><section><h2>What was measured</h2>");
        FactList.Write(page, report);
        page.WriteLine("</section><section><h2>Worst cases first</h2>");
        WriteCases(page, report, task, cancellationToken);
        page.WriteLine("</section></main></body></html>");
    }

    private static void WriteCases(TextWriter page, EvaluationReport report, ITaskEvaluation task, CancellationToken cancellationToken)
    {
        var samples = report.Dataset.Asked;
        var shown = Enumerable.Range(0, samples).OrderBy(task.Goodness).Take(MostCases).ToList();
        var order = report.Kind == TaskKind.Generation ? "SSIM" : "right or wrong, open questions by token F1";
        var limit = shown.Count < samples ? $"the {Html.Count(shown.Count)} worst of {Html.Count(samples)} samples" : $"all {Html.Count(samples)} samples";
        page.WriteLine($"<p class=\"aside\">These are {limit}, by {order}{(report.Plugins.Count == 1 ? "" : ", the mean of both plugins")}. answers.jsonl has all.");
        page.WriteLine($"A sample is named by its number among the task's {report.Split} samples and by the beginning of its content's SHA-256.</p>");
        page.WriteLine($"<div class=\"cases {(report.Kind == TaskKind.Generation ? "images" : "texts")}\">");
        foreach (var sample in shown)
        {
            cancellationToken.ThrowIfCancellationRequested();
            task.WriteCase(page, sample);
        }

        page.WriteLine("</div>");
    }

    private static string Reading(EvaluationReport report)
    {
        var settings = report.Settings;
        var compared = settings.Resolution is { } side
            ? $" Images are compared at {side} x {side} pixels, the image tokenizer's resolution, to which truth and input are resized."
                + " What is left of the truth after the tokenizer is about the best that can be drawn."
            : " The commonest truths are chosen with the truth in hand, the commonest training answer by the question's text; none of them looks at a picture.";
        return $"Brackets hold the middle {settings.Confidence:0%} of {settings.Resamples} bootstrap draws of the patients, where the samples name them, else of the pictures (seed {settings.Seed}):"
            + " questions about one are drawn together. Where no patient is named, several pictures of one patient make them too narrow."
            + $" Differences are paired over the same samples; they are coloured where the interval excludes 0.{(report.Caution is { } caution ? " " + caution : "")}{compared}";
    }

    private static string StyleSheet()
    {
        using var stream = typeof(ReportPage).Assembly.GetManifestResourceStream(Style)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}

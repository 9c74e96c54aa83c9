using System.Globalization;
using HealthGpt.Cli.Evaluation.Results;

namespace HealthGpt.Cli.Evaluation.Pages;

/// <summary>What was measured, and how, by names and hashes.</summary>
internal static class FactList
{
    public static void Write(TextWriter page, EvaluationReport report)
    {
        page.WriteLine("<dl class=\"facts\">");
        foreach (var plugin in report.Plugins)
            Fact(page, report.Plugins.Count == 1 ? "plugin" : $"plugin {plugin.Label}", Plugin(plugin));
        Fact(page, "model", $"{Html.Text(report.Model.Name)}, base {Html.Hash(report.Model.Sha256["base"])}");
        Fact(page, "dataset", $"{Html.Hash(report.Dataset.Sha256)}, asked samples {Html.Hash(report.Dataset.AskedSha256)}{Skipped(report.Dataset)}");
        Fact(page, "settings", Settings(report.Settings));
        Fact(page, "versions", Html.Text($"healthgpt {report.Versions.HealthGpt}, .NET {report.Versions.DotNet}, libtorch {report.Versions.Libtorch}"));
        page.WriteLine("</dl>");
    }

    private static void Fact(TextWriter page, string name, string value) => page.WriteLine($"<dt>{name}</dt><dd>{value}</dd>");

    private static string Plugin(PluginDescription plugin)
    {
        var trained = plugin.Job is null ? "" : string.Create(CultureInfo.InvariantCulture, $", step {plugin.Step} of job {Html.Text(plugin.Job)}");
        var cut = plugin.CutAnswers == 0 ? "" : $"; {Html.Count(plugin.CutAnswers)} answers were cut at the longest length";
        return $"{Html.Text(plugin.Task)} {Html.Hash(plugin.Sha256)}{trained}{cut}";
    }

    private static string Skipped(DatasetDescription dataset)
    {
        var later = dataset.LaterTurns == 0 ? "" : $"; {Html.Count(dataset.LaterTurns)} of the questions are later ones of conversations, asked with the true answers before them";
        if (dataset.Skipped.Count == 0)
            return later;
        var list = dataset.Skipped.Take(20).Select(sample => $"#{sample.Number}{(sample.Sha256 is { } sha256 ? " " + Html.Hash(sha256) : "")}");
        var more = dataset.Skipped.Count > 20 ? $" and {Html.Count(dataset.Skipped.Count - 20)} more, in metrics.json" : "";
        return $"{later}; {Html.Count(dataset.Skipped.Count)} bad samples were left out: {string.Join(", ", list)}{more}";
    }

    private static string Settings(EvaluationSettings settings)
    {
        var tokens = settings.MaxTokens is { } most ? string.Create(CultureInfo.InvariantCulture, $"answers of at most {most} tokens, ") : "";
        var limit = settings.Limit is { } drawn ? string.Create(CultureInfo.InvariantCulture, $", at most {drawn} samples drawn by it") : "";
        var computed = $"{settings.Precision} on {settings.Device}".ToLowerInvariant();
        return string.Create(CultureInfo.InvariantCulture, $"greedy, {tokens}{computed}, seed {settings.Seed}{limit}");
    }
}

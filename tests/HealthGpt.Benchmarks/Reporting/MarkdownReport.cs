using System.Globalization;
using System.Text;
using HealthGpt.Benchmarks.Measuring;

namespace HealthGpt.Benchmarks.Reporting;

/// <summary>The measured table with what it was measured on.</summary>
internal static class MarkdownReport
{
    public static string Of(Machine machine, IReadOnlyList<Comparison> comparisons)
    {
        var text = new StringBuilder();
        foreach (var fact in machine.Facts) text.Append("- ").Append(fact).Append('\n');
        text.Append('\n');
        text.Append("| benchmark | case | baseline | candidate | times as fast | pairs |\n|---|---|---|---|---|---|\n");
        foreach (var comparison in comparisons) text.Append(Row(comparison)).Append('\n');
        return text.ToString();
    }

    public static string Row(Comparison comparison) => string.Create(
        CultureInfo.InvariantCulture,
        $"| {comparison.Benchmark} | {comparison.Case} | {Cell(comparison.Baseline, comparison.BaselineSeconds, comparison.Work, comparison.BaselineNote)} | {Cell(comparison.Candidate, comparison.CandidateSeconds, comparison.Work, comparison.CandidateNote)} | **{Number(comparison.Ratio.Median)}** ({Number(comparison.Ratio.Lower)} to {Number(comparison.Ratio.Upper)}) | {comparison.Pairs} |");

    private static string Cell(string name, Spread seconds, Work? work, string? note)
    {
        var rate = work is null ? "" : $", {Number(work.Amount / seconds.Median)} {work.Unit}/s";
        return $"{name}: {Duration(seconds)}{rate}{(note is null ? "" : $"; {note}")}";
    }

    private static string Duration(Spread seconds)
    {
        var (factor, unit) = seconds.Median switch
        {
            >= 1 => (1.0, "s"),
            >= 1e-3 => (1e3, "ms"),
            _ => (1e6, "us"),
        };
        return $"{Number(seconds.Median * factor)} {unit} ({Number(seconds.Lower * factor)} to {Number(seconds.Upper * factor)})";
    }

    /// <summary>Three significant digits.</summary>
    private static string Number(double value)
    {
        var digits = value <= 0 ? 0 : Math.Clamp(2 - (int)Math.Floor(Math.Log10(value)), 0, 6);
        return value.ToString("F" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
    }
}

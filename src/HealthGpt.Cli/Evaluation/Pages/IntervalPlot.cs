using System.Globalization;
using HealthGpt.Cli.Evaluation.Results;

namespace HealthGpt.Cli.Evaluation.Pages;

/// <summary>A figure as a point and its interval as a line, on an axis that all systems of a metric share.</summary>
internal sealed record IntervalPlot(double From, double To)
{
    private const int Width = 240;
    private const int Height = 20;
    private const int Margin = 6;

    /// <summary>The axis of a metric: 0 to 1 where all figures lie between, else as far as the intervals reach.</summary>
    public static IntervalPlot Of(MetricFigures metric)
    {
        var figures = metric.Plugins.Concat(metric.References).ToList();
        var (low, high) = (figures.Min(figure => figure.Low ?? figure.Estimate), figures.Max(figure => figure.High ?? figure.Estimate));
        if (low >= 0 && high <= 1)
            return new IntervalPlot(0, 1);
        var margin = Math.Max((high - low) * 0.05, 1e-3);
        return new IntervalPlot(low - margin, high + margin);
    }

    /// <summary>The picture of one system.</summary>
    public string Draw(SystemFigure figure)
    {
        var (low, high) = (figure.Low ?? figure.Estimate, figure.High ?? figure.Estimate);
        var label = figure.Low is null ? "no interval" : $"{Html.Number(low)} to {Html.Number(high)}";
        return string.Create(CultureInfo.InvariantCulture, $"""
            <svg class="plot" viewBox="0 0 {Width} {Height}" width="{Width}" height="{Height}" role="img" aria-label="{label}">
            <line class="axis" x1="{Margin}" x2="{Width - Margin}" y1="10" y2="10" />
            <line class="interval" x1="{X(low):0.0}" x2="{X(high):0.0}" y1="10" y2="10" />
            <circle class="point" cx="{X(figure.Estimate):0.0}" cy="10" r="4.5" /></svg>
            """);
    }

    /// <summary>What stands at an end of the axis.</summary>
    public string End(double value) => (From, To) == (0, 1) ? value.ToString("0", CultureInfo.InvariantCulture) : Html.Number(value);

    private double X(double value) => Margin + ((value - From) / (To - From) * (Width - (2 * Margin)));
}

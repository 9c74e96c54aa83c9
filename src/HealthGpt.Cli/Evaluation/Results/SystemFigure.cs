using HealthGpt.Data.Metrics;

namespace HealthGpt.Cli.Evaluation.Results;

/// <summary>A system's figure and its interval.</summary>
/// <param name="Of">The system: a plugin's label or a reference's name.</param>
/// <param name="Estimate">The figure.</param>
/// <param name="Low">The interval's lower end; null where all samples are of one patient or picture.</param>
/// <param name="High">The interval's upper end; null in the same case.</param>
internal sealed record SystemFigure(string Of, double Estimate, double? Low, double? High)
{
    public static SystemFigure From(string system, ConfidenceInterval interval) => new(system, interval.Estimate, EndOf(interval.Low), EndOf(interval.High));

    /// <summary>An end of an interval; null where it has none.</summary>
    public static double? EndOf(double end) => double.IsNaN(end) ? null : end;
}

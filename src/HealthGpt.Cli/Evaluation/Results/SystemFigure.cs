using HealthGpt.Data.Metrics;

namespace HealthGpt.Cli.Evaluation.Results;

/// <summary>A system's figure and its interval.</summary>
/// <param name="Of">The system: a plugin's label or a reference's name.</param>
/// <param name="Estimate">The figure.</param>
/// <param name="Low">The interval's lower end.</param>
/// <param name="High">The interval's upper end.</param>
internal sealed record SystemFigure(string Of, double Estimate, double Low, double High)
{
    public static SystemFigure From(string system, ConfidenceInterval interval) => new(system, interval.Estimate, interval.Low, interval.High);
}

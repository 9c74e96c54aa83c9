namespace HealthGpt.Data.Metrics;

/// <summary>A figure and the range that it would mostly stay in if other samples had been drawn.</summary>
/// <param name="Estimate">The figure of the samples themselves.</param>
/// <param name="Low">The lower end; not a number where there is one cluster of samples, which says nothing about others.</param>
/// <param name="High">The upper end; not a number in the same case.</param>
public readonly record struct ConfidenceInterval(double Estimate, double Low, double High)
{
    /// <summary>Whether 0 lies outside: of a difference, that it is hardly chance.</summary>
    public bool ExcludesZero => Low > 0 || High < 0;
}

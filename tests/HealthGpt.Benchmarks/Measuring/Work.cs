namespace HealthGpt.Benchmarks.Measuring;

/// <summary>What one run of either side gets done, so that a time can be shown as a rate.</summary>
/// <param name="Amount">How much.</param>
/// <param name="Unit">Of what.</param>
internal sealed record Work(double Amount, string Unit);

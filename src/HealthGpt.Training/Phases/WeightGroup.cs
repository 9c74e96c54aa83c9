namespace HealthGpt.Training.Phases;

/// <summary>A contiguous part of the flat trained weights that shares a learning rate.</summary>
/// <param name="Start">First element.</param>
/// <param name="Length">Number of elements.</param>
/// <param name="PeakRate">Peak learning rate.</param>
internal sealed record WeightGroup(long Start, long Length, double PeakRate);

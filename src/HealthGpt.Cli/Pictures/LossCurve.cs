namespace HealthGpt.Cli.Pictures;

/// <summary>One phase's losses in order.</summary>
/// <param name="Title">The panel's title.</param>
/// <param name="FirstStep">The global step of the first loss.</param>
/// <param name="Losses">The losses.</param>
/// <param name="Reference">A level to draw as a dashed line, or null.</param>
/// <param name="ReferenceName">What the level is.</param>
internal sealed record LossCurve(string Title, long FirstStep, IReadOnlyList<double> Losses, double? Reference = null, string? ReferenceName = null);

using HealthGpt.Cli.Evaluation.Scores;
using HealthGpt.Data.Images;

namespace HealthGpt.Cli.Evaluation.Pages;

/// <summary>An image that a plugin drew.</summary>
internal sealed record DrawnImage(string Plugin, RgbImage Image, ImageScore Score);

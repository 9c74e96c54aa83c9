using HealthGpt.Data.Images;

namespace HealthGpt.Cli.Demo.Results;

/// <summary>What the comparison sheet shows of one drawn image.</summary>
internal sealed record DrawnPictures(RgbImage Input, RgbImage Drawn, RgbImage Truth, RgbImage Ceiling);

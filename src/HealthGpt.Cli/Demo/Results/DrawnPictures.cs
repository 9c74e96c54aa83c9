using HealthGpt.Data.Images;

namespace HealthGpt.Cli.Demo.Results;

/// <summary>A drawn image and its companions, as the comparison sheet shows them.</summary>
internal sealed record DrawnPictures(DrawnImage Figures, RgbImage Input, RgbImage Drawn, RgbImage Truth, RgbImage Ceiling);

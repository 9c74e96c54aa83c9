using HealthGpt.Data.Images;

namespace HealthGpt.Data.Conversion;

/// <summary>A picture that is one already.</summary>
internal sealed record ScanPicture(RgbImage Image) : ScanSource;

namespace HealthGpt.Data.Images;

/// <summary>What a PNG's samples are, by the number that the file has for it.</summary>
internal enum PngColour
{
    Grey = 0,
    Rgb = 2,
    Palette = 3,
    GreyAlpha = 4,
    RgbAlpha = 6,
}

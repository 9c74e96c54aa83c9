namespace HealthGpt.Data.Dicom;

/// <summary>What the samples of a pixel mean (PS3.3, C.7.6.3.1.2).</summary>
internal enum Photometric
{
    Monochrome1,
    Monochrome2,
    Palette,
    Rgb,
    YbrFull,
    YbrFull422,
}

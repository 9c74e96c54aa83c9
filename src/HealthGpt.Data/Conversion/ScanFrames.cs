using HealthGpt.Data.Dicom;

namespace HealthGpt.Data.Conversion;

/// <summary>The frames of one file as they are: a radiograph, a photograph, a single slice.</summary>
internal sealed record ScanFrames(DicomImage Image) : ScanSource;

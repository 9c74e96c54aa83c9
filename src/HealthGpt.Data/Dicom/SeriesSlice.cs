namespace HealthGpt.Data.Dicom;

/// <summary>A frame of a series and where it lies.</summary>
internal sealed record SeriesSlice(DicomImage Image, int Frame, PlaneGeometry Plane);

namespace HealthGpt.Data.Images;

/// <summary>A JPEG stream that is damaged or of another kind; who knows the file makes a <see cref="Dicom.DicomFormatException"/> of it.</summary>
internal sealed class JpegFormatException(string reason, string advice = "the file is damaged or cut short") : Exception($"{reason}; {advice}");

namespace HealthGpt.Data.Dicom;

/// <summary>
/// A DICOM file or series that cannot be read, with its name and the reason. The reason names tags and offsets;
/// it never holds text out of the file, which may be the patient's.
/// </summary>
public sealed class DicomFormatException : Exception
{
    /// <summary>Makes the error of one file or folder.</summary>
    /// <param name="name">The file's or folder's path or name.</param>
    /// <param name="reason">Why it cannot be read and what to do.</param>
    /// <param name="inner">The cause, if another error led here.</param>
    public DicomFormatException(string name, string reason, Exception? inner = null)
        : base($"DICOM '{name}': {reason}", inner)
    {
        Name = name;
        Reason = reason;
    }

    /// <summary>The file's or folder's path or name.</summary>
    public string Name { get; }

    /// <summary>Why it cannot be read.</summary>
    public string Reason { get; }
}

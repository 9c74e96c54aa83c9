namespace HealthGpt.Data.Conversion;

/// <summary>A conversion that cannot be done: what is wrong, why, and what to do.</summary>
public sealed class ConversionException : Exception
{
    /// <summary>Makes the error.</summary>
    /// <param name="message">What is wrong; why; what to do. It never holds text out of a DICOM file.</param>
    /// <param name="inner">The cause, if another error led here.</param>
    public ConversionException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}

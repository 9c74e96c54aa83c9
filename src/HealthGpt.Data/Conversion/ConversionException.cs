namespace HealthGpt.Data.Conversion;

/// <summary>A conversion that cannot be done: what is wrong, why, and what to do.</summary>
public sealed class ConversionException : Exception
{
    /// <summary>Makes the error.</summary>
    /// <param name="message">What is wrong; why; what to do. It never holds text out of a DICOM file.</param>
    /// <param name="inner">The cause, if another error led here.</param>
    public ConversionException(string message, Exception? inner = null)
        : this(ConversionFault.Source, message, inner)
    {
    }

    /// <summary>Makes the error of something else than the source.</summary>
    /// <param name="fault">Where it lies.</param>
    /// <param name="message">What is wrong; why; what to do. It never holds text out of a DICOM file.</param>
    /// <param name="inner">The cause, if another error led here.</param>
    public ConversionException(ConversionFault fault, string message, Exception? inner = null)
        : base(message, inner)
    {
        Fault = fault;
    }

    /// <summary>Where it lies.</summary>
    public ConversionFault Fault { get; }
}

namespace HealthGpt.Data.SampleSets;

/// <summary>A sample set that cannot be made: what is wrong, why, and what to do.</summary>
public sealed class SampleSetException : Exception
{
    /// <summary>Makes the error.</summary>
    /// <param name="message">What is wrong; why; what to do.</param>
    /// <param name="inner">The cause, if another error led here.</param>
    public SampleSetException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}

namespace HealthGpt.Training.Replicas;

/// <summary>The job itself cannot go on: every other worker would meet the same.</summary>
public sealed class JobFailureException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is wrong and what to do.</param>
    public JobFailureException(string message)
        : base(message)
    {
    }
}

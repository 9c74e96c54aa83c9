namespace HealthGpt.Training.Replicas;

/// <summary>The job itself cannot go on: every other worker would meet the same.</summary>
public sealed class JobFailureException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is wrong and what to do.</param>
    /// <param name="isOfJobFile">Whether it is in the job file, which has to be corrected.</param>
    public JobFailureException(string message, bool isOfJobFile = false)
        : base(message) => IsOfJobFile = isOfJobFile;

    /// <summary>Whether it is in the job file, which has to be corrected.</summary>
    public bool IsOfJobFile { get; }
}

namespace HealthGpt.Training.Replicas;

/// <summary>The loss or gradient of a step is infinite or not a number; nothing of it was applied.</summary>
internal sealed class NonFiniteStepException : Exception
{
    /// <param name="step">The step's number, from 1.</param>
    /// <param name="message">What was found, in which samples, and what to do.</param>
    public NonFiniteStepException(long step, string message)
        : base(message) => Step = step;

    /// <summary>The step's number over the whole job, from 1.</summary>
    public long Step { get; }
}

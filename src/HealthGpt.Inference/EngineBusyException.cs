namespace HealthGpt.Inference;

/// <summary>The engine's queue is full; the same request may be sent later or elsewhere.</summary>
public sealed class EngineBusyException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is full.</param>
    public EngineBusyException(string message) : base(message) { }
}

namespace HealthGpt.Inference;

/// <summary>The engine was stopped before the answer was complete; the request may be sent elsewhere.</summary>
public sealed class EngineStoppedException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What stopped.</param>
    public EngineStoppedException(string message) : base(message) { }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What stopped.</param>
    /// <param name="cause">The failure that stopped it.</param>
    public EngineStoppedException(string message, Exception cause) : base(message, cause) { }
}

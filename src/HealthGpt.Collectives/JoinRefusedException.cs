namespace HealthGpt.Collectives;

/// <summary>A rank was not let into a group.</summary>
public sealed class JoinRefusedException : Exception
{
    /// <summary>Says what was refused, why and what to do.</summary>
    public JoinRefusedException(JoinRefusal refusal, string message)
        : base(message) => Refusal = refusal;

    /// <summary>Why.</summary>
    public JoinRefusal Refusal { get; }
}

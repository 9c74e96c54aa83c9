namespace HealthGpt.Cluster.Abstractions.Serving;

/// <summary>No replica can take the request now; it may be sent again.</summary>
[GenerateSerializer]
public sealed class ServingUnavailableException : Exception
{
    /// <summary>Says why.</summary>
    public ServingUnavailableException(string message)
        : base(message)
    {
    }
}

namespace HealthGpt.Cluster.Abstractions.Serving;

/// <summary>What was asked for cannot be served; nothing was changed.</summary>
[GenerateSerializer]
public sealed class ServingRefusedException : Exception
{
    /// <summary>Says why and what to do.</summary>
    public ServingRefusedException(string message)
        : base(message)
    {
    }
}

namespace HealthGpt.Collectives;

/// <summary>A <see cref="PeerListener"/> could not take its address.</summary>
public sealed class PeerListenException : Exception
{
    /// <summary>Names the address, why it could not be taken and what to do.</summary>
    public PeerListenException(string message, Exception inner)
        : base(message, inner)
    {
    }
}

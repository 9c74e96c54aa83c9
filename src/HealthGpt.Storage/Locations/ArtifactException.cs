namespace HealthGpt.Storage.Locations;

/// <summary>A place of artifacts cannot be used.</summary>
public class ArtifactException : IOException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What could not be done where, why, and what to do.</param>
    /// <param name="fault">The kind of trouble.</param>
    /// <param name="inner">What it was told by.</param>
    public ArtifactException(string message, ArtifactFault fault = ArtifactFault.Other, Exception? inner = null)
        : base(message, inner) => Fault = fault;

    /// <summary>The kind of trouble.</summary>
    public ArtifactFault Fault { get; }

    /// <summary>Whether the address, or the right to use it, has to be corrected: trying again would not help.</summary>
    public bool IsOfAddress => Fault is ArtifactFault.Missing or ArtifactFault.Refused;
}

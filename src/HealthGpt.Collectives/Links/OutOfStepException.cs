namespace HealthGpt.Collectives.Links;

/// <summary>A peer sent what this rank's call does not expect.</summary>
internal sealed class OutOfStepException(string message) : Exception(message);

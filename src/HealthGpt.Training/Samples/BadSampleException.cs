namespace HealthGpt.Training.Samples;

/// <summary>A sample cannot be used.</summary>
internal sealed class BadSampleException(string message) : Exception(message);

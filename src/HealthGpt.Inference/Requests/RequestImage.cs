namespace HealthGpt.Inference.Requests;

/// <summary>An image of a request, ready for the vision tower.</summary>
/// <param name="Hash">SHA-256 of the file's bytes: what its features are cached by.</param>
/// <param name="Pixels">Prepared channels, rows, columns (C, S, S).</param>
public sealed record RequestImage(string Hash, float[] Pixels);

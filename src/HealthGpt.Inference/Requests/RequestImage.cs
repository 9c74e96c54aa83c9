using HealthGpt.Data.Images;

namespace HealthGpt.Inference.Requests;

/// <summary>An image of a request.</summary>
/// <param name="Hash">SHA-256 of the file's bytes: what its features are cached by.</param>
/// <param name="Pixels">The decoded image.</param>
public sealed record RequestImage(string Hash, RgbImage Pixels);

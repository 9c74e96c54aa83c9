namespace HealthGpt.Training.Samples;

/// <summary>An image file and the hash of its bytes, which names what is computed from it.</summary>
/// <param name="FilePath">Absolute path.</param>
/// <param name="Sha256">SHA-256 of the file, lower-case hexadecimal.</param>
internal sealed record ImageReference(string FilePath, string Sha256);

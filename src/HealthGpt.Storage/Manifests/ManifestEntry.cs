namespace HealthGpt.Storage.Manifests;

/// <summary>What a manifest says of one file.</summary>
/// <param name="Name">Name of the file inside the folder.</param>
/// <param name="Length">Length in bytes.</param>
/// <param name="Sha256">SHA-256 of its bytes, lower-case hexadecimal.</param>
public sealed record ManifestEntry(string Name, long Length, string Sha256);

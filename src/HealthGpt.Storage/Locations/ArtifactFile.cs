namespace HealthGpt.Storage.Locations;

/// <summary>A file as it is listed.</summary>
/// <param name="Name">Its name in its folder.</param>
/// <param name="Length">Its bytes.</param>
public sealed record ArtifactFile(string Name, long Length);

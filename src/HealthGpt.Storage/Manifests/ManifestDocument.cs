namespace HealthGpt.Storage.Manifests;

/// <summary>The form of <c>manifest.json</c>.</summary>
internal sealed record ManifestDocument
{
    public required IReadOnlyList<ManifestEntry> Files { get; init; }

    public required IReadOnlyDictionary<string, string> Metadata { get; init; }
}

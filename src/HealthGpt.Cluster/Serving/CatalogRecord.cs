using HealthGpt.Cluster.Abstractions.Devices;

namespace HealthGpt.Cluster.Serving;

/// <summary>What is served, as it is stored.</summary>
[GenerateSerializer, Immutable]
internal sealed record CatalogRecord
{
    /// <summary>The served folder, or null.</summary>
    [Id(0)]
    public string? ModelFolder { get; init; }

    [Id(1)]
    public int Replicas { get; init; }

    [Id(2)]
    public IReadOnlyList<DeviceLease> Leases { get; init; } = [];

    /// <summary>Leases of replicas that serve no longer and have not yet let go of their devices.</summary>
    [Id(3)]
    public IReadOnlyList<DeviceLease> Retiring { get; init; } = [];

    [Id(4)]
    public DateTimeOffset Since { get; init; }

    public bool NeedsCare => ModelFolder is not null || Retiring.Count > 0;

    public CatalogRecord Serve(string? modelFolder, int replicas, DateTimeOffset now) => new()
    {
        ModelFolder = modelFolder,
        Replicas = replicas,
        Retiring = Retiring.Concat(Leases).ToArray(),
        Since = now,
    };
}

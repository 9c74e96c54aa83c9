using HealthGpt.Storage.Locations;
using HealthGpt.Storage.Tests.Blobs;
using HealthGpt.Storage.Tests.Files;

namespace HealthGpt.Storage.Tests.Locations;

/// <summary>An empty place on a disk or in Azurite.</summary>
internal sealed class Place : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private Place(ArtifactLocation location) => Location = location;

    private Place() => Location = ArtifactLocation.Open(new FolderAddress(_folder["place"]));

    public ArtifactLocation Location { get; }

    public static async Task<Place> NewAsync(string kind, Azurite azurite)
    {
        if (kind == "folder") return new Place();
        var server = await azurite.ServerAsync();
        return new Place(ArtifactLocation.Open(await server.NewAddressAsync(CancellationToken.None), server.Access));
    }

    public void Dispose() => _folder.Dispose();
}

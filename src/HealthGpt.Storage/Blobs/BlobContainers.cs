using System.Collections.Concurrent;
using Azure.Core;
using Azure.Identity;
using Azure.Storage.Blobs;
using HealthGpt.Storage.Locations;

namespace HealthGpt.Storage.Blobs;

/// <summary>Clients of containers, one each, so that connections and tokens are shared.</summary>
internal static class BlobContainers
{
    private const int Retries = 5;

    private static readonly ConcurrentDictionary<(string Account, string Container, StorageAccess Access), BlobContainerClient> Clients = new();

    /// <summary>The client of an address' container; nothing is asked of the server.</summary>
    /// <exception cref="ArtifactException">The connection string is wrong or of another account.</exception>
    public static BlobContainerClient Of(BlobAddress address, StorageAccess access) =>
        Clients.GetOrAdd((address.Account, address.Container, access), key => ServiceOf(address, key.Access).GetBlobContainerClient(key.Container));

    private static BlobServiceClient ServiceOf(BlobAddress address, StorageAccess access)
    {
        if (access.ConnectionString is not { } text)
            return new BlobServiceClient(new Uri($"https://{address.Account}.blob.core.windows.net"), new DefaultAzureCredential(), OptionsOf(access));
        var service = FromConnectionString(address, text, OptionsOf(access));
        return service.AccountName == address.Account ? service : throw new ArtifactException(
            $"'{address}' is in account '{address.Account}', but the connection string ({StorageAccess.Variable}) is of account '{service.AccountName}'; "
            + "correct one of them", ArtifactFault.Refused);
    }

    private static BlobServiceClient FromConnectionString(BlobAddress address, string text, BlobClientOptions options)
    {
        try
        {
            return new BlobServiceClient(text, options);
        }
        catch (Exception error) when (error is FormatException or ArgumentException or InvalidOperationException)
        {
            // What the library says may quote a key.
            throw new ArtifactException(
                $"'{address}' cannot be reached: the connection string ({StorageAccess.Variable}) is not of the form "
                + "DefaultEndpointsProtocol=https;AccountName=...;AccountKey=...; copy it anew", ArtifactFault.Refused);
        }
    }

    private static BlobClientOptions OptionsOf(StorageAccess access) => new()
    {
        Retry =
        {
            Mode = RetryMode.Exponential,
            MaxRetries = Retries,
            Delay = TimeSpan.FromSeconds(0.8),
            MaxDelay = TimeSpan.FromSeconds(8),
            NetworkTimeout = access.Deadline,
        },
    };
}

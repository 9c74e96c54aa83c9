using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using HealthGpt.Storage.Locations;

namespace HealthGpt.Storage.Blobs;

/// <summary>Reads single small blobs, on the caller's thread, of which many wait side by side.</summary>
/// <param name="access">How the account is reached.</param>
public sealed class BlobReader(StorageAccess access)
{
    private const long LargeBytes = 8 << 20;

    private readonly Lock _large = new();

    /// <summary>Reads a blob unless it is the one that is known.</summary>
    /// <param name="address">The blob.</param>
    /// <param name="known">The version that the caller has; null for none.</param>
    /// <param name="mostBytes">What is longer is refused before any memory is taken.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>Its version and its bytes, which are null where it is the known one; null where there is no such blob.</returns>
    /// <exception cref="ArtifactException">It is too long, may not be read, or nothing answers.</exception>
    public (string Version, byte[]? Bytes)? Read(BlobAddress address, string? known, long mostBytes, CancellationToken cancellationToken) => BlobTrouble.Ask("read", address, access, guard =>
    {
        try
        {
            return Read(address, known, mostBytes, guard);
        }
        catch (RequestFailedException error) when (BlobTrouble.IsMissingBlob(error))
        {
            return null;
        }
    }, cancellationToken);

    /// <summary>Whether there is any blob below an address.</summary>
    /// <param name="address">The address.</param>
    /// <param name="cancellationToken">Stops the look.</param>
    /// <exception cref="ArtifactException">There is no such container, it may not be listed, or nothing answers.</exception>
    public bool HasAny(BlobAddress address, CancellationToken cancellationToken) => BlobTrouble.Ask("listed", address, access, guard =>
        ClientOf(address).GetBlobs(new GetBlobsOptions { Prefix = address.Prefix }, guard.Token).AsPages(pageSizeHint: 1).Any(page => page.Values.Count > 0), cancellationToken);

    private (string Version, byte[]? Bytes)? Read(BlobAddress address, string? known, long mostBytes, StallGuard guard)
    {
        var options = new BlobDownloadOptions { ProgressHandler = guard, Conditions = known is null ? null : new BlobRequestConditions { IfNoneMatch = new ETag(known) } };
        var answer = ClientOf(address).GetBlobClient(address.BlobPath).DownloadStreaming(options, guard.Token);
        if (answer.GetRawResponse().Status == 304) return (known!, null);
        using var result = answer.Value;
        var length = result.Details.ContentLength;
        if (length > mostBytes) throw new ArtifactException($"'{address}' has {length} bytes, more than the limit of {mostBytes}");
        if (length <= LargeBytes) return (result.Details.ETag.ToString(), ReadAll(result.Content, length));
        // Memory is for one large blob, not for one a thread; what waits for another is no stall.
        guard.Pause();
        lock (_large)
        {
            guard.Report(0);
            return (result.Details.ETag.ToString(), ReadAll(result.Content, length));
        }
    }

    private static byte[] ReadAll(Stream content, long length)
    {
        var bytes = new byte[length];
        content.ReadExactly(bytes);
        return bytes;
    }

    private BlobContainerClient ClientOf(BlobAddress address) => BlobContainers.Of(address, access);
}

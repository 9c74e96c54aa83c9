using Azure;
using Azure.Storage;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using HealthGpt.Storage.Locations;

namespace HealthGpt.Storage.Blobs;

/// <summary>A place in a container. Blocks of a file go and come side by side; a blob appears when all its blocks are there.</summary>
internal sealed class BlobLocation(BlobAddress address, BlobContainerClient container, StorageAccess access) : ArtifactLocation
{
    private const int BlockBytes = 8 << 20;
    private const int BlocksAtOnce = 4;

    private static readonly StorageTransferOptions Blocks = new() { InitialTransferSize = BlockBytes, MaximumTransferSize = BlockBytes, MaximumConcurrency = BlocksAtOnce };

    public override ArtifactAddress Address => address;

    public override ArtifactLocation Under(string name)
    {
        PlainName.Require(name);
        return new BlobLocation(address.Under(name), container, access);
    }

    public override Task<IReadOnlyList<string>> ListFoldersAsync(CancellationToken cancellationToken) => AskAsync<IReadOnlyList<string>>("listed", address, async guard =>
    {
        var names = new List<string>();
        await foreach (var item in HierarchyAsync(guard))
            if (item.IsPrefix) names.Add(item.Prefix[address.Prefix.Length..].TrimEnd('/'));
        return [.. names.Order(StringComparer.Ordinal)];
    }, cancellationToken);

    public override Task<IReadOnlyList<ArtifactFile>> ListFilesAsync(CancellationToken cancellationToken) => AskAsync<IReadOnlyList<ArtifactFile>>("listed", address, async guard =>
    {
        var files = new List<ArtifactFile>();
        await foreach (var item in HierarchyAsync(guard))
            if (item.IsBlob) files.Add(new ArtifactFile(item.Blob.Name[address.Prefix.Length..], item.Blob.Properties.ContentLength ?? 0));
        return files;
    }, cancellationToken);

    public override Task WriteAsync(string name, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        UploadAsync(name, (blob, options, token) => blob.UploadAsync(BinaryData.FromBytes(bytes), options, token), cancellationToken);

    public override Task WriteAsync(string name, Stream content, CancellationToken cancellationToken) =>
        UploadAsync(name, (blob, options, token) => blob.UploadAsync(content, options, token), cancellationToken);

    public override Task<long?> LengthAsync(string name, CancellationToken cancellationToken) => AskAsync("looked at", address.Under(name), async guard =>
        (await PropertiesAsync(BlobOf(name), guard.Token))?.ContentLength, cancellationToken);

    public override Task<byte[]?> ReadAsync(string name, long mostBytes, CancellationToken cancellationToken) => AskAsync("read", address.Under(name), async guard =>
    {
        var blob = BlobOf(name);
        if (await PropertiesAsync(blob, guard.Token) is not { } properties) return null;
        if (properties.ContentLength > mostBytes) throw TooLong(name, properties.ContentLength, mostBytes);
        var bytes = new byte[properties.ContentLength];
        // One that is written anew meanwhile is another.
        var options = new BlobDownloadToOptions { TransferOptions = Blocks, ProgressHandler = guard, Conditions = new BlobRequestConditions { IfMatch = properties.ETag } };
        await blob.DownloadToAsync(new MemoryStream(bytes), options, guard.Token);
        return bytes;
    }, cancellationToken);

    public override Task DeleteAsync(string name, CancellationToken cancellationToken) => AskAsync("deleted", address.Under(name), guard =>
        BlobOf(name).DeleteIfExistsAsync(cancellationToken: guard.Token), cancellationToken);

    public override Task DeleteAllAsync(CancellationToken cancellationToken) => AskAsync("deleted", address, async guard =>
    {
        var blobs = container.GetBlobsAsync(new GetBlobsOptions { Prefix = address.Prefix }, guard.Token);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = BlocksAtOnce, CancellationToken = guard.Token };
        await Parallel.ForEachAsync(blobs, parallel, async (item, token) =>
        {
            await container.GetBlobClient(item.Name).DeleteIfExistsAsync(cancellationToken: token);
            guard.Report(0);
        });
        return true;
    }, cancellationToken);

    private static async Task<BlobProperties?> PropertiesAsync(BlobClient blob, CancellationToken cancellationToken)
    {
        try
        {
            return await blob.GetPropertiesAsync(cancellationToken: cancellationToken);
        }
        catch (RequestFailedException error) when (BlobTrouble.IsMissingBlob(error))
        {
            return null;
        }
    }

    private Task<bool> UploadAsync(string name, Func<BlobClient, BlobUploadOptions, CancellationToken, Task> upload, CancellationToken cancellationToken) =>
        AskAsync("written", address.Under(name), async guard =>
        {
            await upload(BlobOf(name), new BlobUploadOptions { TransferOptions = Blocks, ProgressHandler = guard }, guard.Token);
            return true;
        }, cancellationToken);

    private async IAsyncEnumerable<BlobHierarchyItem> HierarchyAsync(StallGuard guard)
    {
        var options = new GetBlobsByHierarchyOptions { Delimiter = "/", Prefix = address.Prefix };
        await foreach (var item in container.GetBlobsByHierarchyAsync(options, guard.Token))
        {
            guard.Report(0);
            yield return item;
        }
    }

    private Task<T> AskAsync<T>(string doing, BlobAddress what, Func<StallGuard, Task<T>> ask, CancellationToken cancellationToken) =>
        BlobTrouble.AskAsync(doing, what, access, ask, cancellationToken);

    private BlobClient BlobOf(string name)
    {
        PlainName.Require(name);
        return container.GetBlobClient(address.Prefix + name);
    }
}

using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using HealthGpt.Storage.Locations;

namespace HealthGpt.Storage.Blobs;

/// <summary>
/// Keeps something for one process of all machines: a lease on a small blob that says who has it. It is renewed until it is disposed; that of a process which is gone runs out. The blob
/// itself stays.
/// </summary>
public sealed class BlobHold : IAsyncDisposable
{
    // Of a lease's length: two renewals may fail before it runs out.
    private const int RenewalsALength = 3;

    private readonly BlobClient _blob;
    private readonly BlobLeaseClient _lease;
    private readonly string _holder;
    private readonly TimeSpan _length;
    private readonly CancellationTokenSource _ending = new();
    private Task _renewing = Task.CompletedTask;
    private volatile bool _isLost;

    private BlobHold(BlobClient blob, string holder, TimeSpan length) => (_blob, _lease, _holder, _length) = (blob, blob.GetBlobLeaseClient(), holder, length);

    /// <summary>Whether somebody else has it now: it was not renewed for its whole length, or its lease was broken by hand.</summary>
    public bool IsLost => _isLost;

    /// <summary>Takes it, if nobody has it.</summary>
    /// <param name="address">The blob; made where it is missing.</param>
    /// <param name="holder">Who takes it, for those that come later.</param>
    /// <param name="length">How long it lasts without a renewal, from 15 to 60 s.</param>
    /// <param name="access">How the account is reached.</param>
    /// <param name="cancellationToken">Stops the attempt.</param>
    /// <returns>The hold; null where somebody else has it.</returns>
    /// <exception cref="ArtifactException">The blob may not be written, there is no such container, or nothing answers.</exception>
    public static async Task<BlobHold?> TryTakeAsync(BlobAddress address, string holder, TimeSpan length, StorageAccess access, CancellationToken cancellationToken)
    {
        var hold = new BlobHold(BlobContainers.Of(address, access).GetBlobClient(address.BlobPath), holder, length);
        if (!await BlobTrouble.AskAsync("taken", address, access, guard => hold.TryTakeAsync(guard.Token), cancellationToken))
        {
            hold._ending.Dispose();
            return null;
        }

        hold._renewing = Task.Run(hold.RenewAsync, CancellationToken.None);
        return hold;
    }

    /// <summary>Who took it last.</summary>
    /// <param name="address">The blob.</param>
    /// <param name="access">How the account is reached.</param>
    /// <param name="cancellationToken">Stops the look.</param>
    /// <returns>What it said of itself; empty where that is not known.</returns>
    /// <exception cref="ArtifactException">The blob may not be read, or nothing answers.</exception>
    public static Task<string> HolderAsync(BlobAddress address, StorageAccess access, CancellationToken cancellationToken) => BlobTrouble.AskAsync("read", address, access, async guard =>
    {
        try
        {
            return (await BlobContainers.Of(address, access).GetBlobClient(address.BlobPath).DownloadContentAsync(guard.Token)).Value.Content.ToString();
        }
        catch (RequestFailedException error) when (BlobTrouble.IsMissingBlob(error))
        {
            return "";
        }
    }, cancellationToken);

    /// <summary>Lets go of it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_ending.IsCancellationRequested) return;
        await _ending.CancelAsync();
        await _renewing;
        _ending.Dispose();
        if (_isLost) return;
        using var bound = new CancellationTokenSource(_length);
        try
        {
            await _lease.ReleaseAsync(cancellationToken: bound.Token);
        }
        catch (Exception error) when (BlobTrouble.IsOne(error) || error is OperationCanceledException)
        {
            // It runs out.
        }
    }

    private async Task<bool> TryTakeAsync(CancellationToken cancellationToken)
    {
        if (!await _blob.ExistsAsync(cancellationToken)) await CreateAsync(cancellationToken);
        try
        {
            await _lease.AcquireAsync(_length, cancellationToken: cancellationToken);
        }
        catch (RequestFailedException error) when (IsOfAnother(error))
        {
            return false;
        }

        var options = new BlobUploadOptions { Conditions = new BlobRequestConditions { LeaseId = _lease.LeaseId } };
        await _blob.UploadAsync(BinaryData.FromString(_holder), options, cancellationToken);
        return true;
    }

    private async Task CreateAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _blob.UploadAsync(BinaryData.FromString(""), new BlobUploadOptions { Conditions = new BlobRequestConditions { IfNoneMatch = ETag.All } }, cancellationToken);
        }
        catch (RequestFailedException error) when (IsOfAnother(error))
        {
            // Somebody else made it in between, and may have taken it.
        }
    }

    private async Task RenewAsync()
    {
        using var timer = new PeriodicTimer(_length / RenewalsALength);
        try
        {
            while (!_isLost && await timer.WaitForNextTickAsync(_ending.Token)) await RenewOnceAsync();
        }
        catch (OperationCanceledException)
        {
            // Let go of.
        }
    }

    private async Task RenewOnceAsync()
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(_ending.Token);
        bound.CancelAfter(_length / RenewalsALength);
        try
        {
            await _lease.RenewAsync(cancellationToken: bound.Token);
        }
        catch (RequestFailedException error) when (IsOfAnother(error))
        {
            _isLost = true;
        }
        catch (RequestFailedException error) when (BlobTrouble.IsMissingBlob(error))
        {
            await RetakeAsync(bound.Token);
        }
        catch (Exception error) when (BlobTrouble.IsOne(error) || (error is OperationCanceledException && !_ending.IsCancellationRequested))
        {
            // One that has run out can still be renewed, as long as nobody else has taken it.
        }
    }

    // Whoever deleted it did so by hand.
    private async Task RetakeAsync(CancellationToken cancellationToken)
    {
        try
        {
            _isLost = !await TryTakeAsync(cancellationToken);
        }
        catch (Exception error) when (BlobTrouble.IsOne(error) || (error is OperationCanceledException && !_ending.IsCancellationRequested))
        {
            // The next renewal tries again.
        }
    }

    private static bool IsOfAnother(RequestFailedException error) => error.Status is 409 or 412 && error.ErrorCode != BlobErrorCode.ContainerBeingDeleted;
}

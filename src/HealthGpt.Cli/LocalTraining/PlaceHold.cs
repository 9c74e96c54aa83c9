using System.Globalization;
using HealthGpt.Storage.Blobs;
using HealthGpt.Storage.Locations;

namespace HealthGpt.Cli.LocalTraining;

/// <summary>A place of checkpoints in Azure Blob Storage, taken for one run of all machines at a time. A folder is locked by its file system (<see cref="RunFolder"/>).</summary>
internal sealed class PlaceHold : IAsyncDisposable
{
    /// <summary>The blob that the lease is on.</summary>
    public const string BlobName = ".train-run.lock";

    // After this a run that is gone is in nobody's way. Long enough for a network to stumble.
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly BlobAddress _place;
    private readonly BlobHold _hold;

    private PlaceHold(BlobAddress place, BlobHold hold) => (_place, _hold) = (place, hold);

    /// <summary>Takes a place, waiting for the hold of a run that is gone to run out.</summary>
    /// <param name="place">Where the run's checkpoints go.</param>
    /// <param name="error">Told that it waits, for whom and until when.</param>
    /// <param name="access">How Azure Blob Storage is reached.</param>
    /// <param name="length">How long a hold lasts without a renewal; left out, 30 s.</param>
    /// <param name="cancellationToken">Stops the waiting.</param>
    /// <returns>The hold; null for a folder.</returns>
    /// <exception cref="CommandException">Another run has it, and renews its hold.</exception>
    /// <exception cref="ArtifactException">The place cannot be used.</exception>
    public static async Task<PlaceHold?> TakeAsync(ArtifactAddress place, TextWriter error, StorageAccess access, TimeSpan? length, CancellationToken cancellationToken)
    {
        if (place is not BlobAddress address) return null;

        var (blob, lasting) = (address.Under(BlobName), length ?? Length);
        var holder = string.Create(CultureInfo.InvariantCulture, $"process {Environment.ProcessId} on {Environment.MachineName}, since {DateTimeOffset.UtcNow:yyyy-MM-dd HH:mm:ss} UTC");
        DateTimeOffset? end = null;
        while (true)
        {
            if (await BlobHold.TryTakeAsync(blob, holder, lasting, access, cancellationToken) is { } hold) return new PlaceHold(address, hold);
            if (DateTimeOffset.UtcNow > end) throw InUse(address, await BlobHold.HolderAsync(blob, access, cancellationToken));
            end ??= await TellAsync(address, blob, lasting, error, access, cancellationToken);
            await Task.Delay(Pause, cancellationToken);
        }
    }

    /// <summary>Demands that it is still this run's.</summary>
    /// <exception cref="CommandException">Another run has taken it.</exception>
    public void Require()
    {
        if (_hold.IsLost)
        {
            throw new CommandException(
                ExitCodes.Failed, $"'{_place}' is no longer this run's", "it could not be reached for too long to keep its hold, and another run has taken it",
                "let that one end; the same command then goes on from the last checkpoint");
        }
    }

    /// <summary>Frees the place.</summary>
    public ValueTask DisposeAsync() => _hold.DisposeAsync();

    private static async Task<DateTimeOffset> TellAsync(BlobAddress place, BlobAddress blob, TimeSpan length, TextWriter error, StorageAccess access, CancellationToken cancellationToken)
    {
        var holder = await BlobHold.HolderAsync(blob, access, cancellationToken);
        var end = DateTimeOffset.UtcNow + length + Pause;
        await error.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"warning: '{place}' is in use{By(holder)}; if that run is gone, its hold ends by {end:HH:mm:ss} UTC; waiting until then"));
        return end;
    }

    private static CommandException InUse(BlobAddress place, string holder) =>
        new(ExitCodes.Failed, $"'{place}' is in use", $"another 'train run' trains into it{By(holder)}", "wait for its end, or give this job another 'checkpoints.to'");

    private static string By(string holder) => holder.Length == 0 ? "" : $" ({holder})";
}

using System.Globalization;
using HealthGpt.Model.Weights;
using HealthGpt.Storage.Locations;
using HealthGpt.Storage.Manifests;
using HealthGpt.Training.Jobs;
using HealthGpt.Training.Replicas;
using Microsoft.Extensions.Logging;

namespace HealthGpt.Training.Checkpoints;

/// <summary>
/// Checkpoints of one job: a folder a step, safetensors files and then the manifest. They are written one at a time off the training thread, from bytes that
/// nobody changes any more. A write that fails is told and costs no step; what was written before stays.
/// </summary>
internal sealed class CheckpointStore(CheckpointPolicy policy, StorageAccess access, ILogger logger) : IDisposable
{
    /// <summary>The note of the last step in it.</summary>
    public const string StepNote = "step";

    // A write under way may end when its replica does.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(60);

    private readonly ArtifactLocation _location = ArtifactLocation.Open(policy.To, access);
    private readonly CheckpointRetention _retention = new(policy);
    private readonly CancellationTokenSource _ending = new();
    private Task _writing = Task.CompletedTask;

    /// <summary>The newest checkpoint written or read; null before the first.</summary>
    public WrittenCheckpoint? Latest { get; private set; }

    /// <summary>Why the last write or reading did not do all that was asked of it; null where it did.</summary>
    public string? Problem { get; private set; }

    /// <summary>Whether a write is under way, so that the next has to come later.</summary>
    public bool IsWriting => !_writing.IsCompleted;

    /// <summary>Checks that checkpoints can be written before anything is trained for them, and removes the empty folders that earlier attempts left.</summary>
    /// <param name="cancellationToken">Stops the attempt.</param>
    public void RequireWritable(CancellationToken cancellationToken)
    {
        try
        {
            _location.RequireWritableAsync(cancellationToken).GetAwaiter().GetResult();
            SweepAsync(cancellationToken).GetAwaiter().GetResult();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InvalidOperationException($"checkpoints.to is '{policy.To}', where nothing can be written: {error.Message} Name a place that can be written.", error);
        }
    }

    /// <summary>Starts writing a checkpoint; none may be under way.</summary>
    /// <param name="step">The last step in it.</param>
    /// <param name="files">Its content, which nobody changes any more.</param>
    /// <param name="metadata">What to note beside it.</param>
    public void Write(long step, IReadOnlyList<byte[]> files, IReadOnlyDictionary<string, string> metadata)
    {
        if (IsWriting) throw new InvalidOperationException($"the checkpoint of step {step} cannot be written while another is");
        _writing = Task.Run(() => WriteAsync(step, files, metadata));
    }

    /// <summary>Waits until all is written or has failed.</summary>
    public void WaitForWrites() => _writing.GetAwaiter().GetResult();

    /// <summary>
    /// Reads the newest checkpoint; where a file of it is damaged or gone, or its files hold no state of that step, the one before, which is told. Folders without a manifest do not exist.
    /// </summary>
    /// <param name="accept">Sees each before it is read; throws to refuse it.</param>
    /// <param name="restore">Takes the files one by one, checked; asked again from the beginning after a damaged one.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="JobFailureException">There are checkpoints, but all are damaged.</exception>
    /// <exception cref="ArtifactException">The place does not answer or refuses.</exception>
    public void Restore(Action<ManifestFolder> accept, Action<IEnumerable<byte[]>> restore, CancellationToken cancellationToken)
    {
        var damages = new List<string>();
        foreach (var step in StepsNewestFirstAsync(cancellationToken).GetAwaiter().GetResult())
        {
            try
            {
                if (ManifestFolder.FindAsync(At(step), cancellationToken).GetAwaiter().GetResult() is not { } found) continue;
                accept(found);
                Read(found, step, restore, cancellationToken);
            }
            catch (DamagedArtifactException error)
            {
                _retention.IsDamaged(step);
                damages.Add(error.Message);
                continue;
            }

            Latest = new WrittenCheckpoint(step, At(step).Address.ToString());
            _retention.IsWhole(step);
            if (damages.Count > 0) Tell($"{string.Join("; ", damages)}; the job goes on from the checkpoint before, of step {step}.");
            return;
        }

        if (damages.Count > 0)
            throw new JobFailureException(
                $"checkpoints.to is '{policy.To}', where no checkpoint can be read: {string.Join("; ", damages)}. "
                + "Put back a copy of one, or remove them to start from the first step.");
    }

    /// <summary>Lets a write under way end.</summary>
    public void Dispose()
    {
        if (!_writing.Wait(Grace)) _ending.Cancel();
        WaitForWrites();
        _ending.Dispose();
    }

    // What is as the manifest says may still be no state: of another program, or put together by hand.
    private static void Read(ManifestFolder found, long step, Action<IEnumerable<byte[]>> restore, CancellationToken cancellationToken)
    {
        if (found.Metadata.TryGetValue(StepNote, out var noted) && noted != step.ToString(CultureInfo.InvariantCulture))
            throw new DamagedArtifactException(found.Address, $"the checkpoint of step {step}", $"that of step {noted}");
        try
        {
            restore(found.Files.Select(file => found.ReadAsync(file, cancellationToken).GetAwaiter().GetResult()));
        }
        catch (Exception error) when (error is InvalidDataException or WeightFileException)
        {
            throw new DamagedArtifactException(found.Address, "the state of a job", $"none ({error.Message.TrimEnd('.')})", error);
        }
    }

    private async Task WriteAsync(long step, IReadOnlyList<byte[]> files, IReadOnlyDictionary<string, string> metadata)
    {
        var folder = At(step);
        // Names of their own, so that a checkpoint of the same step stays whole until the manifest changes, whoever else is writing.
        var id = Guid.NewGuid().ToString("N")[..8];
        var named = files.Select((bytes, index) =>
            new KeyValuePair<string, ReadOnlyMemory<byte>>(string.Create(CultureInfo.InvariantCulture, $"state-{index:D5}-{id}.safetensors"), bytes)).ToList();
        try
        {
            await ManifestFolder.WriteAsync(folder, named, metadata, _ending.Token);
        }
        catch (Exception error)
        {
            // Whatever it is, training goes on; the log has all of it.
            await RemoveAsync(folder, named.Select(file => file.Key));
            var kept = Latest is { } latest ? $"the one of step {latest.Step} stays" : "there is none before it";
            Tell($"the checkpoint of step {step} could not be written to '{policy.To}', {kept}, and the next is tried when it is due: {error.Message}", error);
            return;
        }

        Latest = new WrittenCheckpoint(step, folder.Address.ToString());
        Problem = null;
        _retention.IsWhole(step);
        await PruneAsync();
    }

    // What a failed write left is of no use, and a full disk wants the room.
    private async Task RemoveAsync(ArtifactLocation folder, IEnumerable<string> names)
    {
        try
        {
            foreach (var name in names) await folder.DeleteAsync(name, _ending.Token);
            await RemoveEmptyAsync(folder, _ending.Token);
        }
        catch (Exception error) when (IsTrouble(error))
        {
            logger.LogDebug(error, "What a failed checkpoint left in {Folder} could not be removed.", folder.Address);
        }
    }

    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        foreach (var step in await StepsNewestFirstAsync(cancellationToken)) await RemoveEmptyAsync(At(step), cancellationToken);
    }

    private static async Task RemoveEmptyAsync(ArtifactLocation folder, CancellationToken cancellationToken)
    {
        if ((await folder.ListFilesAsync(cancellationToken)).Count == 0) await folder.DeleteAllAsync(cancellationToken);
    }

    private async Task PruneAsync()
    {
        try
        {
            var steps = await StepsNewestFirstAsync(_ending.Token);
            foreach (var step in await _retention.SurplusAsync(steps, IsWholeAsync)) await RemoveAsync(step);
        }
        catch (Exception error) when (IsTrouble(error))
        {
            Tell($"checkpoints that are no longer kept could not be removed from '{policy.To}': {error.Message}", error);
        }
    }

    // The manifest goes first, so that a half-deleted checkpoint does not exist.
    private async Task RemoveAsync(long step)
    {
        await At(step).DeleteAsync(ManifestFolder.ManifestName, _ending.Token);
        await At(step).DeleteAllAsync(_ending.Token);
    }

    private async Task<bool> IsWholeAsync(long step)
    {
        try
        {
            return await ManifestFolder.FindAsync(At(step), _ending.Token) is { } found && await found.IsCompleteAsync(_ending.Token);
        }
        catch (DamagedArtifactException)
        {
            return false;
        }
    }

    private void Tell(string problem, Exception? error = null)
    {
        Problem = problem;
        logger.LogWarning(error, "{Problem}", problem);
    }

    private static bool IsTrouble(Exception error) => error is IOException or UnauthorizedAccessException or OperationCanceledException;

    /// <summary>What is noted beside the newest checkpoint that has a manifest; null where there is none.</summary>
    /// <param name="policy">Where checkpoints are.</param>
    /// <param name="access">How the place is reached.</param>
    /// <param name="cancellationToken">Stops the look.</param>
    public static async Task<IReadOnlyDictionary<string, string>?> NewestNotesAsync(CheckpointPolicy policy, StorageAccess access, CancellationToken cancellationToken)
    {
        var location = ArtifactLocation.Open(policy.To, access);
        foreach (var step in await StepsNewestFirstAsync(location, cancellationToken))
        {
            try
            {
                if (await ManifestFolder.FindAsync(location.Under(CheckpointName.Of(step)), cancellationToken) is { } found) return found.Metadata;
            }
            catch (DamagedArtifactException)
            {
                // The one before may be whole.
            }
        }

        return null;
    }

    private ArtifactLocation At(long step) => _location.Under(CheckpointName.Of(step));

    private Task<IReadOnlyList<long>> StepsNewestFirstAsync(CancellationToken cancellationToken) => StepsNewestFirstAsync(_location, cancellationToken);

    private static async Task<IReadOnlyList<long>> StepsNewestFirstAsync(ArtifactLocation location, CancellationToken cancellationToken) =>
        [.. (await location.ListFoldersAsync(cancellationToken)).Select(CheckpointName.StepOf).OfType<long>().OrderDescending()];
}

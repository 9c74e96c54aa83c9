using System.Globalization;
using HealthGpt.Storage.Manifests;
using HealthGpt.Training.Jobs;

namespace HealthGpt.Training.Checkpoints;

/// <summary>
/// Checkpoints of one job: a folder a step, safetensors files and then the manifest. They are written one at a time off the training thread, from bytes that
/// nobody changes any more.
/// </summary>
internal sealed class CheckpointStore(CheckpointPolicy policy)
{
    private const string StepPrefix = "step-";
    private readonly HashSet<string> _whole = new(StringComparer.Ordinal);
    private Task _writing = Task.CompletedTask;

    /// <summary>Folder of the newest checkpoint written or read; null before the first.</summary>
    public string? Latest { get; private set; }

    /// <summary>Checks that checkpoints can be written before anything is trained for them.</summary>
    public void RequireWritable()
    {
        try
        {
            Directory.CreateDirectory(policy.Folder);
            var probe = Path.Combine(policy.Folder, $".probe-{Guid.NewGuid():N}");
            File.WriteAllText(probe, "");
            File.Delete(probe);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InvalidOperationException($"checkpoints.to is '{policy.Folder}', where nothing can be written: {error.Message} Name a folder that can be written.", error);
        }
    }

    /// <summary>Starts writing a checkpoint; waits for the one before.</summary>
    public void Write(long step, IReadOnlyList<byte[]> files, IReadOnlyDictionary<string, string> metadata)
    {
        WaitForWrites();
        _writing = Task.Run(async () =>
        {
            var folder = FolderOf(step);
            var named = files.Select((bytes, index) =>
                new KeyValuePair<string, ReadOnlyMemory<byte>>(string.Create(CultureInfo.InvariantCulture, $"state-{index:D5}.safetensors"), bytes));
            await ManifestFolder.WriteAsync(folder, named, metadata, CancellationToken.None);
            Latest = folder;
            _whole.Add(folder);
            Prune();
        });
    }

    /// <summary>Waits until all is written; throws what a write failed with.</summary>
    public void WaitForWrites()
    {
        try
        {
            _writing.GetAwaiter().GetResult();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InvalidOperationException($"a checkpoint could not be written to '{policy.Folder}': {error.Message} Make room or name another folder in checkpoints.to.", error);
        }
        finally
        {
            _writing = Task.CompletedTask;
        }
    }

    /// <summary>The newest whole checkpoint; torn ones do not exist.</summary>
    public ManifestFolder? FindLatest()
    {
        foreach (var folder in FoldersNewestFirst())
        {
            if (ManifestFolder.TryOpen(folder) is not { } found) continue;
            Latest = found.FolderPath;
            return found;
        }

        return null;
    }

    /// <summary>The last step in the checkpoint of that folder.</summary>
    public static long StepOf(string folder) => long.Parse(Path.GetFileName(folder).AsSpan(StepPrefix.Length), CultureInfo.InvariantCulture);

    private void Prune()
    {
        var kept = 0;
        foreach (var folder in FoldersNewestFirst())
        {
            // A torn one takes nobody's place: it cannot be gone back to.
            if (kept < policy.Keep && IsWhole(folder))
            {
                kept++;
                continue;
            }

            // The manifest goes first, so that a half-deleted checkpoint does not exist.
            File.Delete(Path.Combine(folder, ManifestFolder.ManifestName));
            Directory.Delete(folder, recursive: true);
        }
    }

    // Checked once each: that reads all of it.
    private bool IsWhole(string folder)
    {
        if (_whole.Contains(folder)) return true;
        return ManifestFolder.TryOpen(folder) is not null && _whole.Add(folder);
    }

    private string FolderOf(long step) => Path.Combine(policy.Folder, string.Create(CultureInfo.InvariantCulture, $"{StepPrefix}{step:D8}"));

    private List<string> FoldersNewestFirst() => Directory.Exists(policy.Folder)
        ? [.. Directory.EnumerateDirectories(policy.Folder, StepPrefix + "*").OrderDescending(StringComparer.Ordinal)]
        : [];
}

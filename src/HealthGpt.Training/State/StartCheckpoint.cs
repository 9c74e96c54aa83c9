using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using HealthGpt.Model.Folders;
using HealthGpt.Model.HLora;
using HealthGpt.Model.Weights;
using HealthGpt.Storage.Locations;
using HealthGpt.Storage.Manifests;
using HealthGpt.Training.Checkpoints;
using HealthGpt.Training.Jobs;
using HealthGpt.Training.Replicas;
using Microsoft.Extensions.Logging;

namespace HealthGpt.Training.State;

/// <summary>A checkpoint of another job on the same model, whose weights a job starts from. Its optimizer, position and history stay behind.</summary>
internal sealed class StartCheckpoint
{
    /// <summary>The note beside a checkpoint of which model it is.</summary>
    public const string ModelNote = "model";

    /// <summary>The note of how large its H-LoRA is.</summary>
    public const string SizeNote = "hlora";

    /// <summary>The note of which start the checkpoints of a job go back to.</summary>
    public const string StartNote = "start";

    private readonly ArtifactAddress _address;
    private readonly ManifestFolder? _folder;
    private readonly Func<string, HLoraSettings?> _sizeOf;

    private StartCheckpoint(ArtifactAddress address, ManifestFolder? folder, string sha256, Func<string, HLoraSettings?> sizeOf) =>
        (_address, _folder, Sha256, _sizeOf) = (address, folder, sha256, sizeOf);

    /// <summary>Hash of all of it.</summary>
    public string Sha256 { get; }

    /// <summary>Opens the checkpoint that a job names. Where it is gone, a job that has checkpoints of its own goes on from them.</summary>
    /// <param name="job">The job.</param>
    /// <param name="address">Its start.</param>
    /// <param name="access">How places are reached.</param>
    /// <param name="model">Identity of the job's model.</param>
    /// <param name="sizeOf">Size of the plugin that the job trains for a task; null where it trains none.</param>
    /// <param name="logger">Told where it is gone.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="JobFailureException">There is no whole checkpoint, or it is of another model.</exception>
    public static StartCheckpoint Open(
        TrainingJob job, ArtifactAddress address, StorageAccess access, string model, Func<string, HLoraSettings?> sizeOf, ILogger logger, CancellationToken cancellationToken)
    {
        var (folder, problem) = Find(address, access, cancellationToken);
        if (folder is not null) problem = Misfit(folder, job, model);
        else if (RememberedBy(job, access, cancellationToken) is { } sha256)
        {
            logger.LogWarning("start is '{Start}', which {Problem}. The job goes on from its own checkpoints.", address, problem);
            return new StartCheckpoint(address, null, sha256, sizeOf);
        }

        if (problem is not null) throw Refused(address, problem);
        return new StartCheckpoint(address, folder, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(folder!.Files.Select(file => file.Sha256))))), sizeOf);
    }

    /// <summary>Looks whether a job's start can be what it is. A place that does not answer is left to those that train.</summary>
    /// <param name="job">The job.</param>
    /// <param name="access">How Azure Blob Storage is reached; null to look at folders of this machine only.</param>
    /// <param name="cancellationToken">Stops the look.</param>
    /// <returns>The rule it breaks, to follow its address in a message; null where it breaks none.</returns>
    public static string? ProblemOf(TrainingJob job, StorageAccess? access, CancellationToken cancellationToken)
    {
        if (job.Start is not { } start) return null;
        if (access is null && (start is not FolderAddress || job.Checkpoints.To is not FolderAddress)) return null;
        try
        {
            var (folder, problem) = Find(start, access ?? new StorageAccess(), cancellationToken);
            if (folder is not null) return Misfit(folder, job, ModelOf(job));
            return RememberedBy(job, access ?? new StorageAccess(), cancellationToken) is null ? problem : null;
        }
        catch (ArtifactException error)
        {
            return error.IsOfAddress ? $"cannot be used: {error.Message.TrimEnd('.')}" : null;
        }
    }

    /// <summary>The sizes of a job's H-LoRA, in words.</summary>
    public static string SizeOf(TrainingJob job)
    {
        static string Of(HLoraSettings size) => string.Create(CultureInfo.InvariantCulture, $"rank {size.Rank}, alpha {size.Alpha}, experts {size.Experts}");
        return $"{Of(job.ComprehensionHLora)} for comprehension and {Of(job.GenerationHLora)} for generation";
    }

    /// <summary>Demands that it is there: for a job that has no checkpoint of its own to go on from.</summary>
    /// <exception cref="JobFailureException">It is gone.</exception>
    public void Require()
    {
        if (_folder is null) throw Refused(_address, "is gone, and the job's own checkpoints cannot be gone on from; put it back");
    }

    /// <summary>Puts its weights in place of those that a job would start with; plugins of tasks that the job does not train stay behind.</summary>
    /// <exception cref="JobFailureException">A file is damaged, or a weight is of another size.</exception>
    public void Fill(TrainingState state, CancellationToken cancellationToken)
    {
        if (_folder is null) return;
        var taken = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in _folder.Files)
        {
            using var file = Parse(Read(_folder, entry, cancellationToken), entry.Name);
            foreach (var (name, stored) in file.Entries.Where(stored => stored.Key.StartsWith(TrainingState.WeightPrefix, StringComparison.Ordinal)))
            {
                var weight = name[TrainingState.WeightPrefix.Length..];
                if (!Takes(state, weight, stored.Shape)) continue;
                state.Set(weight, file.Read(name));
                taken.Add(weight);
            }
        }

        if (state.Weights.Keys.FirstOrDefault(name => !taken.Contains(name)) is { } missing)
            throw Refused(_address, $"has no '{missing}'; name a checkpoint that a training job has written");
    }

    private bool Takes(TrainingState state, string name, long[] shape)
    {
        if (state.Weights.TryGetValue(name, out var present))
        {
            if (!present.shape.SequenceEqual(shape)) throw Differs(name, shape, string.Join(" x ", present.shape));
            return true;
        }

        if (WeightNames.TaskOf(name) is not { } task || _sizeOf(task) is not { } size) return false;
        if (name.EndsWith(".lora_A.weight", StringComparison.Ordinal) && shape[0] != size.Rank) throw Differs(name, shape, $"{size.Rank} x {shape[1]}");
        if (name.EndsWith(".lora_route.weight", StringComparison.Ordinal) && shape[0] != size.Experts) throw Differs(name, shape, $"{size.Experts} x {shape[1]}");
        return true;
    }

    private byte[] Read(ManifestFolder folder, ManifestEntry entry, CancellationToken cancellationToken)
    {
        try
        {
            return folder.ReadAsync(entry, cancellationToken).GetAwaiter().GetResult();
        }
        catch (DamagedArtifactException error)
        {
            throw Refused(_address, DamageOf(error));
        }
    }

    private SafetensorsFile Parse(byte[] bytes, string name)
    {
        try
        {
            return SafetensorsFile.Parse(bytes, name);
        }
        catch (WeightFileException error)
        {
            throw Refused(_address, $"is no state of a job ({error.Message.TrimEnd('.')}); name a checkpoint that a training job has written");
        }
    }

    private static (ManifestFolder? Folder, string? Problem) Find(ArtifactAddress address, StorageAccess access, CancellationToken cancellationToken)
    {
        try
        {
            var folder = ManifestFolder.FindAsync(ArtifactLocation.Open(address, access), cancellationToken).GetAwaiter().GetResult();
            if (folder is null) return (null, $"has no checkpoint; name a folder such as step-00000050 that has a {ManifestFolder.ManifestName}");
            return folder.IsCompleteAsync(cancellationToken).GetAwaiter().GetResult()
                ? (folder, null)
                : (null, $"is damaged: files that its {ManifestFolder.ManifestName} names are gone or of another length; name another checkpoint");
        }
        catch (DamagedArtifactException error)
        {
            return (null, DamageOf(error));
        }
        catch (Exception error) when (address is FolderAddress && error is IOException or UnauthorizedAccessException)
        {
            return (null, $"cannot be read: {error.Message.TrimEnd('.')}; make it readable, or name another checkpoint");
        }
    }

    private static string? Misfit(ManifestFolder folder, TrainingJob job, string? model)
    {
        if (model is not null && folder.Metadata.TryGetValue(ModelNote, out var other) && other != model)
            return $"is a checkpoint of another model (of job '{folder.Metadata.GetValueOrDefault("job")}'); name the model that it was trained on, or another checkpoint";
        return folder.Metadata.TryGetValue(SizeNote, out var theirs) && theirs != SizeOf(job)
            ? $"has H-LoRA of {theirs}, but the job's is {SizeOf(job)}; give hlora the rank, alpha and experts that the checkpoint was trained with, or name another"
            : null;
    }

    private static string? RememberedBy(TrainingJob job, StorageAccess access, CancellationToken cancellationToken) =>
        CheckpointStore.NewestNotesAsync(job.Checkpoints, access, cancellationToken).GetAwaiter().GetResult()?.GetValueOrDefault(StartNote);

    // What is wrong with the model itself is told where it is loaded.
    private static string? ModelOf(TrainingJob job)
    {
        try
        {
            return ModelIdentity.Of(ModelManifest.Load(job.Model));
        }
        catch (WeightFileException)
        {
            return null;
        }
    }

    private JobFailureException Differs(string name, long[] shape, string expected) => Refused(_address, string.Create(
        CultureInfo.InvariantCulture,
        $"has '{name}' of {string.Join(" x ", shape)}, but the job trains {expected}; give hlora the rank and experts that the checkpoint was trained with, or name another"));

    private static string DamageOf(DamagedArtifactException error) => $"is damaged: {error.Message.TrimEnd('.')}; name another checkpoint";

    private static JobFailureException Refused(ArtifactAddress address, string problem) => new($"start is '{address}', which {problem}.", isOfJobFile: true);
}

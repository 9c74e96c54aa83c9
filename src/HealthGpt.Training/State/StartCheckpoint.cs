using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using HealthGpt.Model.HLora;
using HealthGpt.Model.Weights;
using HealthGpt.Storage.Locations;
using HealthGpt.Storage.Manifests;
using HealthGpt.Training.Jobs;
using HealthGpt.Training.Replicas;

namespace HealthGpt.Training.State;

/// <summary>A checkpoint of another job on the same model, whose weights a job starts from. Its optimizer, position and history stay behind.</summary>
internal sealed class StartCheckpoint
{
    /// <summary>The note beside a checkpoint of which model it is.</summary>
    public const string ModelNote = "model";

    /// <summary>The note of how large its H-LoRA is.</summary>
    public const string SizeNote = "hlora";

    private readonly ManifestFolder _folder;
    private readonly Func<string, HLoraSettings?> _sizeOf;

    private StartCheckpoint(ManifestFolder folder, Func<string, HLoraSettings?> sizeOf)
    {
        (_folder, _sizeOf) = (folder, sizeOf);
        Sha256 = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(folder.Files.Select(file => file.Sha256)))));
    }

    /// <summary>Hash of all of it.</summary>
    public string Sha256 { get; }

    /// <summary>Opens the checkpoint that a job names.</summary>
    /// <param name="address">Its folder.</param>
    /// <param name="access">How it is reached.</param>
    /// <param name="model">Identity of the job's model.</param>
    /// <param name="size">Sizes of the job's H-LoRA, in words.</param>
    /// <param name="sizeOf">Size of the plugin that the job trains for a task; null where it trains none.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="JobFailureException">There is no whole checkpoint, or it is of another model.</exception>
    public static StartCheckpoint Open(ArtifactAddress address, StorageAccess access, string model, string size, Func<string, HLoraSettings?> sizeOf, CancellationToken cancellationToken)
    {
        var folder = Guard(address, () => ManifestFolder.FindAsync(ArtifactLocation.Open(address, access), cancellationToken).GetAwaiter().GetResult())
            ?? throw new JobFailureException($"start is '{address}', where there is no checkpoint; name a folder such as step-00000050 that has a {ManifestFolder.ManifestName}.");
        if (folder.Metadata.TryGetValue(ModelNote, out var other) && other != model)
            throw new JobFailureException($"start is '{address}', a checkpoint of another model (of job '{folder.Metadata.GetValueOrDefault("job")}'); name the model that it was trained on, or another checkpoint.");
        if (folder.Metadata.TryGetValue(SizeNote, out var theirs) && theirs != size)
            throw new JobFailureException($"start is '{address}', whose H-LoRA is {theirs}, but the job's is {size}; give hlora the rank, alpha and experts that the checkpoint was trained with, or name another.");
        return new StartCheckpoint(folder, sizeOf);
    }

    /// <summary>Puts its weights in place of those that a job would start with; plugins of tasks that the job does not train stay behind.</summary>
    /// <exception cref="JobFailureException">A file is damaged, or a weight is of another size.</exception>
    public void Fill(TrainingState state, CancellationToken cancellationToken)
    {
        var taken = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in _folder.Files)
        {
            var bytes = Guard(_folder.Address, () => _folder.ReadAsync(entry, cancellationToken).GetAwaiter().GetResult());
            using var file = SafetensorsFile.Parse(bytes, entry.Name);
            foreach (var (name, stored) in file.Entries.Where(stored => stored.Key.StartsWith(TrainingState.WeightPrefix, StringComparison.Ordinal)))
            {
                var weight = name[TrainingState.WeightPrefix.Length..];
                if (!Takes(state, weight, stored.Shape)) continue;
                state.Set(weight, file.Read(name));
                taken.Add(weight);
            }
        }

        if (state.Weights.Keys.FirstOrDefault(name => !taken.Contains(name)) is { } missing)
            throw new JobFailureException($"start is '{_folder.Address}', which has no '{missing}'; name a checkpoint that a training job has written.");
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

    private JobFailureException Differs(string name, long[] shape, string expected) => new(string.Create(
        CultureInfo.InvariantCulture,
        $"start is '{_folder.Address}', whose '{name}' is {string.Join(" x ", shape)}, but the job trains {expected}; give hlora the rank and experts that the checkpoint was trained with, or name another."));

    private static T Guard<T>(ArtifactAddress address, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (DamagedArtifactException error)
        {
            throw new JobFailureException($"start is '{address}', which is damaged: {error.Message} Name another checkpoint.");
        }
    }
}

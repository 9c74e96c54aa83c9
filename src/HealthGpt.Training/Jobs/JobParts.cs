using System.Globalization;
using HealthGpt.Model.Folders;
using HealthGpt.Model.HLora;
using HealthGpt.Model.Plugins;
using HealthGpt.Model.Weights;
using HealthGpt.Storage.Locations;
using HealthGpt.Training.Replicas;
using HealthGpt.Training.State;

namespace HealthGpt.Training.Jobs;

/// <summary>What a job file names and what has to be there before the job can run.</summary>
internal static class JobParts
{
    /// <summary>Adds every problem of what a job names to those of its file.</summary>
    /// <param name="root">The file.</param>
    /// <param name="job">What it says; defaults where it is wrong.</param>
    /// <param name="access">How Azure Blob Storage is reached.</param>
    /// <param name="cancellationToken">Stops the look at places there.</param>
    public static void Demand(YamlSection root, TrainingJob job, StorageAccess access, CancellationToken cancellationToken)
    {
        if (IsPath(job.Model)) DemandModel(root, job.Model);
        if (IsPath(job.Data) && !File.Exists(job.Data))
            root.Problem("data", job.Data, "is not there; name a dataset file");
        if (IsPath(job.Data))
            root.Problems.AddRange(job.FindTaskProblems());
        if (StartCheckpoint.ProblemOf(job, access, cancellationToken) is { } problem)
            root.Problem("start", $"{job.Start}", problem);
        if (job.Checkpoints.To is BlobAddress place)
            DemandPlace(root, place, access, cancellationToken);
        if (root.Inner("device") is { } device)
            DemandDevice(device, job.Device);
        DemandSizes(root, job);
    }

    private static void DemandModel(YamlSection root, string model)
    {
        if (!File.Exists(Path.Combine(model, ModelManifest.FileName)))
        {
            root.Problem("model", model, $"has no {ModelManifest.FileName}; name a model folder");
            return;
        }

        try
        {
            foreach (var file in ModelManifest.Load(model).FindMissingWeights(model))
                root.Problem("model", model, $"lacks '{file}'; copy the model again, with the parts it refers to");
        }
        catch (WeightFileException)
        {
            // Told where it is loaded.
        }
    }

    // One that does not answer is no fault of the file: the run itself then says so.
    private static void DemandPlace(YamlSection root, BlobAddress place, StorageAccess access, CancellationToken cancellationToken)
    {
        try
        {
            var location = ArtifactLocation.Open(place, access);
            // First what names the place itself.
            location.ListFoldersAsync(cancellationToken).GetAwaiter().GetResult();
            location.RequireWritableAsync(cancellationToken).GetAwaiter().GetResult();
        }
        catch (ArtifactException error)
        {
            if (error.IsOfAddress) root.Inner("checkpoints")!.Problem("to", error.Message.TrimEnd('.'));
        }
    }

    private static void DemandDevice(YamlSection section, DeviceChoice device)
    {
        if (ReplicaDevice.ProblemOf(device.Kind) is { } problem)
            section.Problem("kind", device.Kind, $"{problem}; {ReplicaDevice.Remedy}, or set it to cpu");
        else if (device.Threads > Environment.ProcessorCount)
            section.Problem("threads", $"{device.Threads}", $"must be at most {Environment.ProcessorCount}, the processors of this machine: more would wait for each other");
    }

    // What is no path has been refused already.
    private static bool IsPath(string text) => text.Length > 0 && !text.Contains("://", StringComparison.Ordinal);

    private static void DemandSizes(YamlSection root, TrainingJob job)
    {
        var cards = Cards(job);
        var tasks = job.Phases.Where(phase => phase.Stage == Stages.Instruction).Select(phase => phase.Name).ToHashSet(StringComparer.Ordinal);
        var shared = cards.FirstOrDefault(card => card.Value.Kind == PluginKind.Generation).Key;
        foreach (var kind in new[] { PluginKind.Comprehension, PluginKind.Generation })
        {
            var wanted = kind == PluginKind.Generation ? job.GenerationHLora : job.ComprehensionHLora;
            var started = cards.Where(card => card.Value.Kind == kind && (card.Key == shared || tasks.Contains(card.Key)));
            if (started.FirstOrDefault(card => SizeOf(card.Value) != wanted) is { Key: { } task, Value: { } found }) Report(root, kind, task, SizeOf(found), wanted);
        }
    }

    // What is wrong with a model or its plugins themselves is told where they are loaded.
    private static IReadOnlyList<KeyValuePair<string, PluginCard>> Cards(TrainingJob job)
    {
        if (!IsPath(job.Model)) return [];
        try
        {
            return
            [
                .. ModelManifest.Load(job.Model).Plugins.OrderBy(plugin => plugin.Key, StringComparer.Ordinal)
                    .Select(plugin => KeyValuePair.Create(plugin.Key, PluginCard.Load(plugin.Value.In(job.Model)))),
            ];
        }
        catch (WeightFileException)
        {
            return [];
        }
    }

    private static HLoraSettings SizeOf(PluginCard card) => new(card.Rank, card.Alpha, card.Experts);

    private static void Report(YamlSection root, PluginKind kind, string task, HLoraSettings found, HLoraSettings wanted)
    {
        var name = kind == PluginKind.Generation ? Stages.Generation : Stages.Comprehension;
        var rule = $"does not fit: the model's plugin '{task}', which training starts from, has {Words(found)}; give hlora.{name} the same, or name another model";
        if (root.Inner("hlora") is not { } hlora) root.Problem("hlora", $"{name}: {Words(wanted)}", rule);
        else if (hlora.Inner(name) is not { } size) hlora.Problem(name, Words(wanted), rule);
        else if (size.Has("rank") && found.Rank != wanted.Rank) size.Problem("rank", $"{wanted.Rank}", rule);
        else hlora.Problem(name, Words(wanted), rule);
    }

    private static string Words(HLoraSettings size) => string.Create(CultureInfo.InvariantCulture, $"rank {size.Rank}, alpha {size.Alpha}, {size.Experts} experts");
}

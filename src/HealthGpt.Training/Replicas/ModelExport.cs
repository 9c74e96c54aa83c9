using HealthGpt.Data.Samples;
using HealthGpt.Model;
using HealthGpt.Model.Adapters;
using HealthGpt.Model.Folders;
using HealthGpt.Model.HLora;
using HealthGpt.Model.Plugins;
using HealthGpt.Model.Vocabulary;
using HealthGpt.Model.Weights;
using HealthGpt.Storage.Files;
using HealthGpt.Storage.Locations;
using HealthGpt.Training.Jobs;
using HealthGpt.Training.State;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Training.Replicas;

/// <summary>Writes what a job has learnt as a model folder: embedding and head, and one plugin for each task of the last stage.</summary>
internal static class ModelExport
{
    /// <summary>The trained model's folder beside the checkpoints.</summary>
    public const string FolderName = "model";

    /// <summary>Where the model goes.</summary>
    public static ArtifactAddress PlaceOf(TrainingJob job) => job.Checkpoints.To.Under(FolderName);

    /// <summary>Demands that nothing is at its place but an earlier model or a part of one, since all that is there is replaced.</summary>
    /// <exception cref="JobFailureException">Something else is.</exception>
    public static void RequirePlace(TrainingJob job, StorageAccess access, CancellationToken cancellationToken)
    {
        var place = ArtifactLocation.Open(PlaceOf(job), access);
        string[] files = [.. place.ListFilesAsync(cancellationToken).GetAwaiter().GetResult().Select(file => file.Name)];
        if (files.Contains(ModelManifest.FileName)) return;
        if (files.Concat(place.ListFoldersAsync(cancellationToken).GetAwaiter().GetResult()).FirstOrDefault(name => !ModelFolderWriter.Parts.Contains(name) && !StagedFolder.IsScratch(name)) is not { } other) return;
        throw new JobFailureException(
            $"checkpoints.to is '{job.Checkpoints.To}', where the trained model goes to '{PlaceOf(job)}' and would replace what is there and is no model, such as '{other}'; name another place, or move that away.",
            isOfJobFile: true);
    }

    /// <summary>Writes the model.</summary>
    /// <returns>Tasks of the model's plugins that go with other vocabulary weights and are left out.</returns>
    /// <exception cref="IOException">It cannot be written; the state stays in the job's last checkpoint.</exception>
    /// <exception cref="JobFailureException">Something else is at its place.</exception>
    public static IReadOnlyList<string> Write(
        TrainingJob job, StorageAccess access, HealthGptModel model, IReadOnlyDictionary<string, TaskDefinition> tasks, TrainingState state, CancellationToken cancellationToken)
    {
        try
        {
            RequirePlace(job, access, cancellationToken);
            return PlaceOf(job) is FolderAddress folder ? WriteFolder(folder.FolderPath, null, job, model, tasks, state) : Upload(job, access, model, tasks, state, cancellationToken);
        }
        catch (Exception error) when (FileLimit.IsOfFile(error))
        {
            var cause = FileLimit.ErrorOf($"{PlaceOf(job)}", error) ?? error;
            throw new IOException(
                $"the trained model could not be written to '{PlaceOf(job)}': {cause.Message.TrimEnd('.')}. "
                + "Make it writable and submit the job again; it goes on from its last checkpoint.", error);
        }
    }

    // The parts it refers to are where they are when it is fetched to a folder beside the model's.
    private static IReadOnlyList<string> Upload(
        TrainingJob job, StorageAccess access, HealthGptModel model, IReadOnlyDictionary<string, TaskDefinition> tasks, TrainingState state, CancellationToken cancellationToken)
    {
        using var scratch = ScratchFolder.Create("healthgpt-model-");
        var folder = Path.Combine(scratch.Path, FolderName);
        var leftOut = WriteFolder(folder, Path.Combine(Path.GetFullPath(model.Folder), "..", job.Name), job, model, tasks, state);
        FolderUpload.RunAsync(folder, ModelManifest.FileName, ArtifactLocation.Open(PlaceOf(job), access), cancellationToken).GetAwaiter().GetResult();
        return leftOut;
    }

    private static IReadOnlyList<string> WriteFolder(
        string target, string? place, TrainingJob job, HealthGptModel model, IReadOnlyDictionary<string, TaskDefinition> tasks, TrainingState state)
    {
        using var noGrad = no_grad();
        using var vocabulary = new VocabularyWeights(
            cat([state.Weights[WeightNames.TextEmbedding], state.Weights[WeightNames.ImageEmbedding]], 0),
            cat([state.Weights[WeightNames.TextHead], state.Weights[WeightNames.ImageHead]], 0));
        var plugins = job.Phases.Where(phase => phase.Stage == Stages.Instruction).Select(phase => PluginOf(job, model, tasks[phase.Name], state)).ToList();
        try
        {
            return ModelFolderWriter.Write(target, model, vocabulary, plugins, job.Name, state.CommittedSteps, place, PresetWords.Of(job.Preset));
        }
        finally
        {
            foreach (var plugin in plugins) plugin.Dispose();
        }
    }

    private static Plugin PluginOf(TrainingJob job, HealthGptModel model, TaskDefinition task, TrainingState state)
    {
        var generation = task.Kind == TaskKind.Generation;
        var owner = WeightNames.Plugin(task.Name);
        var size = generation ? job.GenerationHLora : job.ComprehensionHLora;
        return new Plugin(
            task.Name,
            generation ? PluginKind.Generation : PluginKind.Comprehension,
            task.Prompt,
            HLoraWeights.FromTensors(Copy(state, WeightNames.HLora(owner)), model.Decoder.Config, size.Alpha),
            AdapterWeights.FromTensors(Copy(state, WeightNames.Adapter(owner)), model.Tower.Config.Width, model.Decoder.Config.Hidden))
        {
            // Embedding and head were trained with it, and are exported with it.
            Vocabulary = VocabularySource.Fusion,
        };
    }

    private static WeightSet Copy(TrainingState state, string prefix) =>
        new(state.Under(prefix).ToDictionary(entry => entry.Key[prefix.Length..], entry => Copy(entry.Value)), prefix);

    private static Tensor Copy(Tensor trained)
    {
        using var plain = trained.detach();
        return plain.clone();
    }
}

using HealthGpt.Data.Samples;
using HealthGpt.Model;
using HealthGpt.Model.Adapters;
using HealthGpt.Model.Folders;
using HealthGpt.Model.HLora;
using HealthGpt.Model.Plugins;
using HealthGpt.Model.Vocabulary;
using HealthGpt.Model.Weights;
using HealthGpt.Training.Jobs;
using HealthGpt.Training.State;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Training.Replicas;

/// <summary>Writes what a job has learnt as a model folder: embedding and head, and one plugin for each task of the last stage.</summary>
internal static class ModelExport
{
    public static string Write(TrainingJob job, HealthGptModel model, IReadOnlyDictionary<string, TaskDefinition> tasks, TrainingState state)
    {
        using var noGrad = no_grad();
        var target = Path.Combine(job.Checkpoints.Folder, "model");
        using var vocabulary = new VocabularyWeights(
            cat([state.Weights[WeightNames.TextEmbedding], state.Weights[WeightNames.ImageEmbedding]], 0),
            cat([state.Weights[WeightNames.TextHead], state.Weights[WeightNames.ImageHead]], 0));
        var plugins = job.Phases.Where(phase => phase.Stage == Stages.Instruction).Select(phase => PluginOf(job, model, tasks[phase.Name], state)).ToList();
        try
        {
            ModelFolderWriter.Write(target, model, vocabulary, plugins, job.Name, state.CommittedSteps);
        }
        finally
        {
            foreach (var plugin in plugins) plugin.Dispose();
        }

        return target;
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
            AdapterWeights.FromTensors(Copy(state, WeightNames.Adapter(owner)), model.Tower.Config.Width, model.Decoder.Config.Hidden));
    }

    private static WeightSet Copy(TrainingState state, string prefix) =>
        new(state.Under(prefix).ToDictionary(entry => entry.Key[prefix.Length..], entry => Copy(entry.Value)), prefix);

    private static Tensor Copy(Tensor trained)
    {
        using var plain = trained.detach();
        return plain.clone();
    }
}

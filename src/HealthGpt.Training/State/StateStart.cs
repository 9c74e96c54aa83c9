using HealthGpt.Data.Samples;
using HealthGpt.Model;
using HealthGpt.Model.Adapters;
using HealthGpt.Model.HLora;
using HealthGpt.Model.Plugins;
using HealthGpt.Training.Jobs;
using HealthGpt.Training.Random;
using HealthGpt.Training.Replicas;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Training.State;

/// <summary>Where weights start: a pure function of job and model, so that any worker makes the same.</summary>
internal static class StateStart
{
    /// <summary>The state before the first step.</summary>
    public static void Fill(TrainingState state, TrainingJob job, HealthGptModel model)
    {
        AddVocabulary(state, model);
        foreach (var generation in new[] { false, true })
        {
            var owner = WeightNames.Shared(generation);
            using var plugin = FromModel(job, model, generation);
            using var adapter = plugin?.Adapter.Clone() ?? FreshAdapter(job, model, owner);
            Add(state, WeightNames.Adapter(owner), adapter.NamedTensors());
            if (!generation) continue;
            using var hlora = plugin?.HLora.Clone() ?? FreshHLora(job, model, generation, owner);
            Add(state, WeightNames.HLora(owner), hlora.NamedTensors());
        }
    }

    /// <summary>
    /// The plugin of a task before its first step: the model's own of that name and kind, where it has one. Else a copy of the shared adapter, and of the shared H-LoRA for generation;
    /// comprehension shares none before the last stage, and starts a fresh one.
    /// </summary>
    public static void AddPlugin(TrainingState state, TrainingJob job, HealthGptModel model, string task, bool generation)
    {
        var shared = WeightNames.Shared(generation);
        var owner = WeightNames.Plugin(task);
        using var own = OwnPlugin(job, model, task, generation);
        if (own is not null)
        {
            Add(state, WeightNames.Adapter(owner), own.Adapter.NamedTensors());
            Add(state, WeightNames.HLora(owner), own.HLora.NamedTensors());
            return;
        }

        Copy(state, WeightNames.Adapter(shared), WeightNames.Adapter(owner));
        if (generation)
        {
            Copy(state, WeightNames.HLora(shared), WeightNames.HLora(owner));
            return;
        }

        using var hlora = FreshHLora(job, model, generation, owner);
        Add(state, WeightNames.HLora(owner), hlora.NamedTensors());
    }

    private static void AddVocabulary(TrainingState state, HealthGptModel model)
    {
        using var scope = NewDisposeScope();
        using var vocabulary = BaseVocabulary.Load(model);
        long text = model.ImageVocabulary.TextTokens, image = model.ImageVocabulary.Added;
        state.Set(WeightNames.TextEmbedding, Master(vocabulary.Embedding.narrow(0, 0, text)));
        state.Set(WeightNames.ImageEmbedding, Master(vocabulary.Embedding.narrow(0, text, image)));
        state.Set(WeightNames.TextHead, Master(vocabulary.Head.narrow(0, 0, text)));
        state.Set(WeightNames.ImageHead, Master(vocabulary.Head.narrow(0, text, image)));
    }

    // A model that was trained before goes on from its first plugin of the kind, so that a job of the last stage alone makes sense.
    private static Plugin? FromModel(TrainingJob job, HealthGptModel model, bool generation)
    {
        foreach (var task in model.Manifest.Plugins.Keys.Order(StringComparer.Ordinal))
        {
            var plugin = model.LoadPlugin(task, ScalarType.Float32);
            if (plugin.Kind != (generation ? PluginKind.Generation : PluginKind.Comprehension))
            {
                plugin.Dispose();
                continue;
            }

            if (generation) RequireSize(job.GenerationHLora, task, plugin);
            return plugin;
        }

        return null;
    }

    private static Plugin? OwnPlugin(TrainingJob job, HealthGptModel model, string task, bool generation)
    {
        if (!model.Manifest.Plugins.ContainsKey(task)) return null;
        var plugin = model.LoadPlugin(task, ScalarType.Float32);
        if (plugin.Kind != (generation ? PluginKind.Generation : PluginKind.Comprehension))
        {
            plugin.Dispose();
            return null;
        }

        RequireSize(generation ? job.GenerationHLora : job.ComprehensionHLora, task, plugin);
        return plugin;
    }

    private static void RequireSize(HLoraSettings wanted, string task, Plugin plugin)
    {
        var size = new HLoraSettings(plugin.HLora.Rank, plugin.HLora.Alpha, plugin.HLora.Experts);
        if (size == wanted) return;
        plugin.Dispose();
        throw new JobFailureException($"the model's plugin '{task}', which training starts from, has {size}, but the job says {wanted}; set hlora.{(plugin.Kind == PluginKind.Generation ? "generation" : "comprehension")} to the former.", isOfJobFile: true);
    }

    private static AdapterWeights FreshAdapter(TrainingJob job, HealthGptModel model, string owner) =>
        AdapterWeights.Create(model.Tower.Config.Width, model.Decoder.Config.Hidden, KeyedSeed.Of(job.Seed, WeightNames.Adapter(owner)));

    private static HLoraWeights FreshHLora(TrainingJob job, HealthGptModel model, bool generation, string owner)
    {
        var size = generation ? job.GenerationHLora : job.ComprehensionHLora;
        return HLoraWeights.Create(model.Decoder.Config, size.Rank, size.Alpha, size.Experts, KeyedSeed.Of(job.Seed, WeightNames.HLora(owner)));
    }

    private static void Add(TrainingState state, string prefix, IEnumerable<KeyValuePair<string, Tensor>> tensors)
    {
        foreach (var (name, tensor) in tensors) state.Set(prefix + name, Master(tensor));
    }

    // Masters are on the CPU, wherever the model is.
    private static Tensor Master(Tensor tensor) => tensor.device_type == DeviceType.CPU ? tensor.clone() : tensor.cpu();

    private static void Copy(TrainingState state, string from, string to)
    {
        foreach (var (name, tensor) in state.Under(from).ToList())
        {
            using var plain = tensor.detach();
            state.Set(to + name[from.Length..], plain.clone());
        }
    }
}

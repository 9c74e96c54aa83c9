using HealthGpt.Model;
using HealthGpt.Model.Plugins;
using static TorchSharp.torch;

namespace HealthGpt.Benchmarks.Subjects;

/// <summary>Length of the gradients that the demo's workers exchange: all weights of a plugin, and the loss.</summary>
internal static class PluginSize
{
    private static readonly Lazy<(int Comprehension, int Generation)> Lengths = new(() =>
    {
        using var model = HealthGptModel.Load(Repository.ModelFolder, ScalarType.Float32);
        return (Length(model, PluginKind.Comprehension), Length(model, PluginKind.Generation));
    });

    public static int Comprehension => Lengths.Value.Comprehension;

    public static int Generation => Lengths.Value.Generation;

    private static int Length(HealthGptModel model, PluginKind kind)
    {
        using var plugin = RandomPlugin.Create(model, "size", kind);
        return (int)plugin.HLora.NamedTensors().Concat(plugin.Adapter.NamedTensors()).Sum(item => item.Value.numel()) + 1;
    }
}

using HealthGpt.Model;
using HealthGpt.Model.Adapters;
using HealthGpt.Model.HLora;
using HealthGpt.Model.Plugins;
using static TorchSharp.torch;

namespace HealthGpt.Benchmarks.Subjects;

/// <summary>An untrained plugin of the shapes that healthgpt-nano's plugins have: what it answers is nonsense, what it costs is the same.</summary>
internal static class RandomPlugin
{
    private const ulong Seed = 20271;
    private const int Experts = 4;

    public static Plugin Create(HealthGptModel model, string task, PluginKind kind)
    {
        var rank = kind == PluginKind.Generation ? 64 : 16;
        using var noGrad = no_grad();
        using var generator = new Generator(Seed);
        var hlora = HLoraWeights.Create(model.Decoder.Config, rank, 2 * rank, Experts, Seed);
        foreach (var (_, tensor) in hlora.NamedTensors().Where(item => item.Key.Contains("lora_B", StringComparison.Ordinal)))
        {
            using var random = randn(tensor.shape, generator: generator);
            using TorchSharp.Scalar small = 0.02;
            using var scaled = random * small;
            tensor.copy_(scaled);
        }

        return new Plugin(task, kind, null, hlora, AdapterWeights.Create(model.Tower.Config.Width, model.Decoder.Config.Hidden, Seed));
    }
}

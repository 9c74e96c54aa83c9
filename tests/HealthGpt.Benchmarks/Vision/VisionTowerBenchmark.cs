using HealthGpt.Benchmarks.Measuring;
using HealthGpt.Benchmarks.Subjects;
using HealthGpt.Model;
using HealthGpt.Model.Vision;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Benchmarks.Vision;

// Shapes: S image side.

/// <summary>The tower stops at the layer that is asked for; the baseline runs all layers.</summary>
internal sealed class VisionTowerBenchmark : IBenchmark
{
    public string Name => "vision";

    public void Run(Meter meter)
    {
        foreach (var type in new[] { ScalarType.Float32, ScalarType.BFloat16 })
        {
            using var model = HealthGptModel.Load(Repository.ModelFolder, type);
            using var generator = new Generator(20272);
            long side = model.Tower.Config.ImageSize;
            using var plain = randn([1, 3, side, side], ScalarType.Float32, generator: generator);
            using var pixels = plain.to(type);
            var whole = Side.Of($"all {model.Tower.Config.Layers} layers", () => Whole(model.Tower, pixels));
            var what = $"one image, {type}";
            meter.Compare(Name, what, whole, Side.Of("the first layer (concrete-grained)", () => Part(model.Tower, pixels, concrete: true)));
            meter.Compare(Name, what, whole, Side.Of("up to the last but one (abstract-grained)", () => Part(model.Tower, pixels, concrete: false)));
        }
    }

    private static void Whole(VisionTower tower, Tensor pixels)
    {
        using var mode = inference_mode();
        using var scope = NewDisposeScope();
        tower.ForwardAll(pixels);
    }

    private static void Part(VisionTower tower, Tensor pixels, bool concrete)
    {
        using var mode = inference_mode();
        using var scope = NewDisposeScope();
        tower.Forward(pixels, !concrete, concrete);
    }
}

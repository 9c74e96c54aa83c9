using HealthGpt.Benchmarks.Measuring;
using HealthGpt.Model.HLora;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Benchmarks.HLora;

// Shapes: T sequence, I input width, O output width, R rank, E experts.

/// <summary>The experts merged into one pair of matrices, against a loop over the experts and against plain LoRA of the same rank.</summary>
internal sealed class HLoraBenchmark : IBenchmark
{
    private const int Experts = 4;
    private const long TrainedTokens = 330;
    private const double Tolerance = 1e-3;

    public string Name => "hlora";

    public void Run(Meter meter)
    {
        foreach (var (width, rank) in new[] { (256, 64), (1024, 64), (3072, 64) }) Train(meter, width, rank);
        Compare(meter, "healthgpt-nano, one decoding step", tokens: 1, input: 256, output: 768, rank: 16);
        Compare(meter, "healthgpt-nano, a prompt with an image", tokens: 330, input: 256, output: 768, rank: 16);
        Compare(meter, "healthgpt-nano drawing, a prompt with an image", tokens: 330, input: 256, output: 768, rank: 64);
        Compare(meter, "HealthGPT-M3's width, one decoding step", tokens: 1, input: 3072, output: 9216, rank: 16);
        Compare(meter, "HealthGPT-M3's width, 330 positions", tokens: 330, input: 3072, output: 9216, rank: 64);
    }

    private void Train(Meter meter, int width, int rank)
    {
        using var layer = new AdaptedLayer(TrainedTokens, width, 3 * width, rank);
        foreach (var withLayer in new[] { true, false })
        {
            var what = $"forward and backward of {(withLayer ? "a frozen layer with its adapter" : "the adapter alone")}, {TrainedTokens} positions: R {rank}, {width} to {3 * width}";
            var merged = Side.Of("H-LoRA", () => layer.TrainHLora(withLayer));
            meter.Compare(Name, what, Side.Of("plain LoRA", () => layer.TrainPlainLora(withLayer)), merged);
            meter.Compare(Name, what, Side.Of($"a loop over {AdaptedLayer.ExpertCount} experts", () => layer.TrainExpertLoop(withLayer)), merged);
        }
    }

    private void Compare(Meter meter, string what, long tokens, long input, long output, int rank)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(20273);
        Tensor Random(params long[] shape) => randn(shape, ScalarType.Float32, generator: generator).div_(Math.Sqrt(shape[^1]));
        var site = new HLoraSite(Random(rank, input), Random(output, rank), Random(Experts, input));
        var x = randn([1, tokens, input], ScalarType.Float32, generator: generator);
        var scale = 2.0 * Experts;
        using var loop = new ExpertLoop(site);
        RequireSame(site, loop, x, scale);
        meter.Compare(
            Name, $"{what}: R {rank}, {input} to {output}",
            Side.Of($"a loop over {Experts} experts", () => Discard(() => loop.Delta(x, scale))),
            Side.Of("one merged pair", () => Discard(() => site.Delta(x, scale))));
    }

    private static void Discard(Func<Tensor> compute)
    {
        using var mode = inference_mode();
        compute().Dispose();
    }

    private static void RequireSame(HLoraSite site, ExpertLoop loop, Tensor x, double scale)
    {
        using var noGrad = no_grad();
        using var merged = site.Delta(x, scale);
        using var looped = loop.Delta(x, scale);
        using var difference = (merged - looped).abs();
        var worst = difference.max().item<float>();
        if (worst > Tolerance) throw new InvalidOperationException($"the two sides differ by {worst}, so their times say nothing");
    }
}

using HealthGpt.Training.Jobs;
using TorchSharp;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;
using Flat = HealthGpt.Training.Optimizers.AdamW;

namespace HealthGpt.Training.Tests.Optimizers;

public sealed class AdamWTests
{
    [Fact]
    public void Moves_weights_as_the_library_optimizer_does()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(7);
        var start = randn([10], generator: generator);
        var (flat, first, second) = (start.clone(), zeros([10]), zeros([10]));
        var one = new Parameter(start.narrow(0, 0, 6).clone());
        var two = new Parameter(start.narrow(0, 6, 4).clone());
        using var reference = optim.AdamW(
            [new AdamW.ParamGroup([one], new AdamW.Options { LearningRate = 1e-2, weight_decay = 0.1 }), new AdamW.ParamGroup([two], new AdamW.Options { LearningRate = 1e-3, weight_decay = 0.1 })],
            lr: 1e-2, weight_decay: 0.1);
        var settings = new OptimizerSettings { WeightDecay = 0.1 };

        for (var step = 1; step <= 5; step++)
        {
            var gradient = randn([10], generator: generator);
            one.grad = gradient.narrow(0, 0, 6);
            two.grad = gradient.narrow(0, 6, 4);
            reference.step();
            Flat.Step(settings, flat, first, second, gradient, [(0, 6, 1e-2), (6, 4, 1e-3)], step);
        }

        var difference = (flat - cat([one.detach(), two.detach()])).abs().max().item<float>();
        Assert.InRange(difference, 0, 1e-6);
    }

    [Fact]
    public void Bits_do_not_depend_on_how_the_vector_is_cut()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(11);
        const long Length = 300_001;
        var settings = new OptimizerSettings { WeightDecay = 0.01 };
        var (start, gradients) = (randn([Length], generator: generator), randn([3, Length], generator: generator));
        var (whole, cut) = (start.clone(), start.clone());
        var (first, second, firstCut, secondCut) = (zeros([Length]), zeros([Length]), zeros([Length]), zeros([Length]));
        long[] cuts = [0, 1, 18, 70_000, 140_003, Length];

        for (var step = 0; step < 3; step++)
        {
            Flat.Step(settings, whole, first, second, gradients[step], [(0, Length, 1e-2)], step + 1);
            foreach (var (from, to) in cuts.Zip(cuts.Skip(1)))
            {
                Tensor Part(Tensor tensor) => tensor.narrow(0, from, to - from);
                Flat.Step(settings, Part(cut), Part(firstCut), Part(secondCut), Part(gradients[step]), [(0, to - from, 1e-2)], step + 1);
            }
        }

        Assert.Equal(whole.bytes.ToArray(), cut.bytes.ToArray());
        Assert.Equal(second.bytes.ToArray(), secondCut.bytes.ToArray());
    }

    [Fact]
    public void Clips_to_the_norm_and_tells_the_norm_before()
    {
        using var gradient = torch.tensor(new float[] { 3, 4 });

        Assert.Equal(5, Flat.Clip(gradient, 10), 6);
        Assert.Equal([3f, 4f], gradient.data<float>().ToArray());
        Assert.Equal(5, Flat.Clip(gradient, 1), 6);
        Assert.Equal(1, gradient.norm().item<float>(), 4);
    }
}
